/** When tasks were completed; times are milliseconds. A list from the newest, so that one more costs nothing. */
export interface Pace {
  /** When the first could have begun. */
  readonly from: number
  readonly last: Completion | undefined
}

interface Completion {
  readonly at: number
  readonly before: Completion | undefined
}

/** Completions older than this no longer count, */
const WINDOW = 30_000
/** unless there would be fewer than this: a rollout may take a minute for each task. */
const FEW = 5
/** So many tell enough. */
const MOST = 200
/** Below these a rate is a guess. */
const LEAST_TIME = 1_000
const LEAST_ENDS = 2

/** Nothing is completed yet, and the counting begins now. */
export function paceFrom(at: number): Pace {
  return { from: at, last: undefined }
}

/** One more is completed. */
export function afterCompletion({ from, last }: Pace, at: number): Pace {
  return { from, last: { at, before: last } }
}

/** Completions a second over a sliding window; undefined while there are too few to tell. */
export function rateOf({ from, last }: Pace, now: number): number | undefined {
  const ends: number[] = []
  let end = last
  for (; end && ends.length < MOST; end = end.before) ends.push(end.at)
  const inWindow = ends.filter(at => at > now - WINDOW).length
  const count = Math.min(ends.length, Math.max(FEW, inWindow))
  const before = ends[count] ?? end?.at ?? from
  const start = inWindow >= FEW ? Math.max(before, now - WINDOW) : before
  return count < LEAST_ENDS || now - start < LEAST_TIME ? undefined : (count * 1_000) / (now - start)
}
