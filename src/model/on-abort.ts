import { setMaxListeners } from "node:events"

/**
 * Calls `act` once when the signal is given; the result takes that back. Hundreds of calls wait for one signal, and its own list of
 * listeners is gone through from the beginning for each that is added or taken away: so there is one listener, with a set.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const waiting = WAITING.get(signal) ?? listenTo(signal)
  waiting.add(act)
  return () => {
    waiting.delete(act)
  }
}

const WAITING = new WeakMap<AbortSignal, Set<() => void>>()

function listenTo(signal: AbortSignal): Set<() => void> {
  const waiting = new Set<() => void>()
  WAITING.set(signal, waiting)
  const given = (): void => {
    for (const act of waiting) act()
    waiting.clear()
  }
  // Others wait for it as well: that many do is the rule here, not the leak that Node warns of at eleven.
  setMaxListeners(0, signal)
  signal.addEventListener("abort", given, { once: true })
  return waiting
}
