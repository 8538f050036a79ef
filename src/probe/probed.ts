import { setMaxListeners } from "node:events"

/** What an effect that asks the world found. `said` is one line, safe to print, the same for equal failures of other hosts. */
export type Probed = { readonly ok: true } | { readonly ok: false; readonly said: string }

export const PASSED: Probed = { ok: true }

export const INTERRUPTED = "interrupted"

export function failed(said: string): Probed {
  return { ok: false, said }
}

/** A question under way. */
export interface Attempt {
  /** Closes what is open; called once, whatever the end. */
  stop(): void
  /** The answer when the time is up. */
  late(): Probed
}

/** Gives what `begin` settles on, or the attempt's `late` after `timeout` ms, or a failure as soon as the signal fires. */
export function within(
  timeout: number,
  signal: AbortSignal,
  begin: (settle: (probed: Probed) => void) => Attempt,
): Promise<Probed> {
  if (signal.aborted) return Promise.resolve(failed(INTERRUPTED))
  return new Promise(resolve => {
    let settled = false
    const settle = (probed: Probed): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      signal.removeEventListener("abort", cancel)
      attempt.stop()
      resolve(probed)
    }
    const cancel = (): void => settle(failed(INTERRUPTED))
    const attempt = begin(settle)
    // One more turn of the loop first: this machine may have been too busy to read an answer that is there.
    const timer = setTimeout(() => setImmediate(() => settled || settle(attempt.late())), timeout)
    // One signal for hundreds of checks in flight is the rule here, not the leak that Node warns of at eleven.
    setMaxListeners(0, signal)
    signal.addEventListener("abort", cancel, { once: true })
  })
}
