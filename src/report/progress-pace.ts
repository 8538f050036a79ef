/** When tasks were completed lately; times are milliseconds. */
export interface Pace {
  /** When the first of `ends` could have begun. */
  readonly from: number
  /** The last completions, oldest first. */
  readonly ends: readonly number[]
}

/** Completions older than this no longer count, */
const WINDOW = 30_000
/** unless there would be fewer than this: a rollout may take a minute for each task. */
const FEW = 5
/** So many tell enough; more would only cost. */
const MOST = 200
/** Below these a rate is a guess. */
const LEAST_TIME = 1_000
const LEAST_ENDS = 2

/** Nothing is completed yet, and the counting begins now. */
export function paceFrom(at: number): Pace {
  return { from: at, ends: [] }
}

/** One more is completed. */
export function afterCompletion({ from, ends }: Pace, at: number): Pace {
  if (ends.length < MOST) return { from, ends: [...ends, at] }
  return { from: ends[0]!, ends: [...ends.slice(1), at] }
}

/** Completions a second over a sliding window; undefined while there are too few to tell. */
export function rateOf({ from, ends }: Pace, now: number): number | undefined {
  const inWindow = ends.filter(end => end > now - WINDOW).length
  const count = Math.min(ends.length, Math.max(FEW, inWindow))
  const before = ends[ends.length - count - 1] ?? from
  const start = inWindow >= FEW ? Math.max(before, now - WINDOW) : before
  return count < LEAST_ENDS || now - start < LEAST_TIME ? undefined : (count * 1_000) / (now - start)
}
