import { onAbort } from "../model/on-abort.js"

/** Time as an argument, so that tests can give their own. */
export interface Clock {
  /** Milliseconds that only grow; their zero means nothing. */
  now(): number
  /** Resolves after `ms`, or at once when the signal fires. Never rejects: look at the signal. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise(resolve => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        takeBack()
        resolve()
      }
      const timer = setTimeout(done, ms)
      const takeBack = onAbort(signal, done)
    }),
}
