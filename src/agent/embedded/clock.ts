/** A point in time on both clocks of a host. */
export interface Moment {
  /** Milliseconds since the epoch; for people, may jump. */
  readonly epoch: number
  /** Milliseconds that only grow; for durations, so that setting the host's clock ends and starts nothing. */
  readonly steady: number
}

/** Time as an argument. */
export interface Clock {
  now(): Moment
  /** Calls `then` once after `ms` milliseconds; the result cancels it. */
  after(ms: number, then: () => void): () => void
}

/** The longest wait of Node's timers; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/** The host's own clocks. */
export const systemClock: Clock = {
  now: () => ({ epoch: Date.now(), steady: performance.now() }),
  after(ms, then) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : then()), Math.min(left, LONGEST))
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}
