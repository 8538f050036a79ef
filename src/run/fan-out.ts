/** How many calls may be in flight. */
export interface FanOut {
  /** Over all targets. */
  readonly total: number
  /** In one region. */
  readonly perRegion: number
}

// A thousand connections opened in one go hold up the loop, and with it the answers to the first of them.
const STARTS_PER_TURN = 32

/**
 * Runs `act` for every item, so many at once as the limits allow, and gives the results in the order of the items.
 * `act` must not reject: the failure of a target is a value. An item of a region that is full takes no place of the others. Of what may
 * begin at once, so many begin in one turn of the loop as it takes well.
 */
export function fanOut<T, R>(
  items: readonly T[],
  regionOf: (item: T) => string,
  limits: FanOut,
  act: (item: T) => Promise<R>,
): Promise<R[]> {
  if (items.length === 0) return Promise.resolve([])
  const results = new Array<R>(items.length)
  const lanes = lanesOf(items, regionOf)
  return new Promise((resolve, reject) => {
    let inFlight = 0
    let done = 0

    // The regions side by side, so that the calls of a near one are made while those of a distant one travel.
    const next = (): Lane | undefined => {
      if (inFlight >= limits.total) return undefined
      let best: Lane | undefined
      for (const lane of lanes) {
        if (lane.begun === lane.indexes.length || lane.inFlight >= limits.perRegion) continue
        if (!best || isBefore(lane, best)) best = lane
      }
      return best
    }
    const begin = (lane: Lane): void => {
      const index = lane.indexes[lane.begun++]!
      inFlight++
      lane.inFlight++
      act(items[index]!).then(result => {
        results[index] = result
        inFlight--
        lane.inFlight--
        if (++done === items.length) resolve(results)
        else fill()
      }, reject)
    }
    let started = 0
    const fill = (): void => {
      while (started < STARTS_PER_TURN) {
        const lane = next()
        if (!lane) return
        if (started++ === 0) setImmediate(turned)
        begin(lane)
      }
    }
    const turned = (): void => {
      started = 0
      fill()
    }
    fill()
  })
}

/** The items of one region. */
interface Lane {
  /** Of its items, in their order. */
  readonly indexes: number[]
  begun: number
  inFlight: number
}

/** Fewer calls in flight, or as many and an earlier item. */
function isBefore(lane: Lane, other: Lane): boolean {
  if (lane.inFlight !== other.inFlight) return lane.inFlight < other.inFlight
  return lane.indexes[lane.begun]! < other.indexes[other.begun]!
}

function lanesOf<T>(items: readonly T[], regionOf: (item: T) => string): readonly Lane[] {
  const lanes = new Map<string, Lane>()
  for (const [index, item] of items.entries()) {
    const region = regionOf(item)
    const lane = lanes.get(region) ?? { indexes: [], begun: 0, inFlight: 0 }
    lanes.set(region, lane)
    lane.indexes.push(index)
  }
  return [...lanes.values()]
}
