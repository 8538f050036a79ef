/** Which names each name waits for. */
export type Waits = ReadonlyMap<string, readonly string[]>

/**
 * Rings of names that wait for each other, each as `[a, b]` for a -> b -> a, no name in two of them.
 * Empty exactly when there is an order in which each comes after those it waits for.
 */
export function cycles(waits: Waits): string[][] {
  const stuck = neverReady(waits)
  const seen = new Set<string>()
  const rings: string[][] = []
  for (const start of stuck) {
    const walk: string[] = []
    let at: string | undefined = start
    // Who is stuck waits for another who is, so the walk ends only where somebody was before.
    while (at !== undefined && !seen.has(at)) {
      seen.add(at)
      walk.push(at)
      at = waits.get(at)?.find(name => stuck.has(name))
    }
    const ring = at === undefined ? -1 : walk.indexOf(at)
    if (ring !== -1) rings.push(walk.slice(ring))
  }
  return rings
}

// Takes off, again and again, whoever waits for nobody.
function neverReady(waits: Waits): Set<string> {
  const waiters = new Map([...waits.keys()].map(name => [name, [] as string[]]))
  const open = new Map<string, number>()
  for (const [name, others] of waits) {
    const known = new Set(others.filter(other => waits.has(other)))
    open.set(name, known.size)
    for (const other of known) waiters.get(other)?.push(name)
  }
  const ready = [...open].filter(([, count]) => count === 0).map(([name]) => name)
  for (const name of ready) {
    open.delete(name)
    for (const waiter of waiters.get(name) ?? []) {
      const left = (open.get(waiter) ?? 0) - 1
      open.set(waiter, left)
      if (left === 0) ready.push(waiter)
    }
  }
  return new Set(open.keys())
}
