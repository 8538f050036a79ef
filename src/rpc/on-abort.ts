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
  signal.addEventListener("abort", given, { once: true })
  return waiting
}
