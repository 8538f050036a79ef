import type { Clock } from "./clock.js"
import type { Taken } from "./lock.js"
import type { LockRefusal } from "./lock-grant.js"

/** How long to wait for a lock, and what to do meanwhile. */
export interface WaitOptions {
  /** Milliseconds; 0 asks once. */
  readonly timeout: number
  /** Told who is in the way, at first and when it is another. */
  readonly tell: (refusal: LockRefusal) => void
  readonly clock: Clock
  /** From 0 to 1, by chance. */
  readonly chance: () => number
}

/** Milliseconds, about: two runs that refused each other must not meet again at the same moment. */
const AGAIN = 2_000

/**
 * Asks for a lock until it is had, the time is over, or the signal fires; nothing is held between two tries. `again` says that the
 * lock was refused before.
 */
export async function waitForLock<Lock>(
  attempt: (again: boolean) => Promise<Taken<Lock>>,
  { timeout, tell, clock, chance }: WaitOptions,
  signal: AbortSignal,
): Promise<Taken<Lock>> {
  const end = clock.now() + timeout
  let told: string | undefined
  for (let again = false; ; again = true) {
    const taken = await attempt(again)
    const left = end - clock.now()
    if (taken.kind === "held" || left <= 0 || signal.aborted) return taken
    const by = taken.refusal.holder?.run ?? ""
    if (by !== told) tell(taken.refusal)
    told = by
    await clock.sleep(Math.min(left, AGAIN * (0.75 + chance() / 2)), signal)
    if (signal.aborted) return taken
  }
}
