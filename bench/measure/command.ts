/** A program to measure. */
export interface Command {
  readonly words: readonly string[]
  /** A file for its standard input; nothing unless given. */
  readonly stdin?: string | undefined
  readonly env?: Readonly<Record<string, string>>
  /** Exit codes that are as they should be: 0 unless given. */
  readonly codes?: readonly number[]
}

/** What one run of a command took, with all processes that it started and waited for. */
export interface Run {
  /** Epoch milliseconds. */
  readonly start: number
  /** Seconds. */
  readonly wall: number
  /** Seconds of all cores, user and system. */
  readonly cpu: number
  /** Bytes of the largest of its processes. */
  readonly rss: number
  readonly stdout: string
  /** Share of the machine that others took meanwhile, 0 to 1. */
  readonly others: number
}
