import type { Run } from "./command.js"

/** Several runs of one command. */
export interface Sample {
  readonly name: string
  /** In the order in which they were made. */
  readonly runs: readonly Run[]
  /** Medians: seconds, seconds, bytes. */
  readonly wall: number
  readonly cpu: number
  readonly rss: number
}

/** More than this share of the machine taken by others disturbs a run. */
export const DISTURBED = 0.12

export function sampleOf(name: string, runs: readonly Run[]): Sample {
  const middle = (figure: (run: Run) => number): number => median(runs.map(figure))
  return {
    name,
    runs,
    wall: middle(run => run.wall),
    cpu: middle(run => run.cpu),
    rss: middle(run => run.rss),
  }
}

/** The middle one of some numbers, or the mean of the middle two; NaN of none. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
}
