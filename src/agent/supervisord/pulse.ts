import { setTimeout as sleep } from "node:timers/promises"

/** Milliseconds from one beat to the next. */
const PACE = 3_000

/**
 * Does work that may rightly take minutes, for as long as `beat` is answered. When that fails, so does the whole, with the
 * beat's error, and the work is cancelled: a supervisor that hangs would be waited for until the end of the work's time.
 * `pace` is in milliseconds.
 */
export async function whileBeating<T>(
  beat: (signal: AbortSignal) => Promise<unknown>,
  work: (signal: AbortSignal) => Promise<T>,
  caller: AbortSignal,
  pace = PACE,
): Promise<T> {
  const over = new AbortController()
  const working = new AbortController()
  const beats = async (): Promise<never> => {
    for (;;) {
      await sleep(pace, undefined, { signal: over.signal })
      await beat(over.signal)
    }
  }
  try {
    return await Promise.race([work(AbortSignal.any([caller, working.signal])), beats()])
  } finally {
    working.abort()
    over.abort()
  }
}
