import pLimit from "p-limit"

/** How many calls may be in flight. */
export interface FanOut {
  /** Over all targets. */
  readonly total: number
  /** In one region. */
  readonly perRegion: number
}

/**
 * Runs `act` for every item, so many at once as the limits allow, and gives the results in the order of the items.
 * `act` must not reject: the failure of a target is a value. A region's slot is taken before a global one, so that
 * calls that wait for a full region do not hold up the other regions.
 */
export async function fanOut<T, R>(
  items: readonly T[],
  regionOf: (item: T) => string,
  limits: FanOut,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  const all = pLimit(limits.total)
  const regions = new Map<string, ReturnType<typeof pLimit>>()
  const slotIn = (region: string): ReturnType<typeof pLimit> => {
    const slot = regions.get(region) ?? pLimit(limits.perRegion)
    regions.set(region, slot)
    return slot
  }
  return Promise.all(items.map(item => slotIn(regionOf(item))(() => all(() => act(item)))))
}
