/** How many calls may be in flight. */
export interface FanOut {
  /** Over all targets but those of `relayed`. */
  readonly total: number
  /** In one region. */
  readonly perRegion: number
  /** Regions with room of their own, and how many in each: their relays hold the connections, and not this machine. */
  readonly relayed?: ReadonlyMap<string, number> | undefined
}

// What all regions that have calls to make hold together but the one of which most are done: less while nothing is done of one of
// them, for it may be that it hangs, and then each call of it takes its whole timeout.
const SHARE = 15 / 16
const SHARE_OF_UNHEARD = 3 / 4
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
  const lanes = lanesOf(items, regionOf, limits)
  return new Promise((resolve, reject) => {
    let inFlight = 0
    let done = 0
    const shareOf = (part: number): number => Math.max(1, Math.floor(limits.total * part))
    const share = shareOf(SHARE)
    const shareOfUnheard = shareOf(SHARE_OF_UNHEARD)

    // The distant regions first, of which fewer are done, so that the calls of the near ones are made while theirs travel; but together
    // only their share of the room.
    const next = (): Lane | undefined => {
      let first: Lane | undefined
      let last: Lane | undefined
      let held = 0
      let isUnheard = false
      for (const lane of lanes) {
        if (lane.begun === lane.indexes.length) continue
        if (!lane.isRelayed) {
          held += lane.inFlight
          if (lane.done === 0 && lane.inFlight > 0) isUnheard = true
        }
        if (lane.inFlight >= lane.room || (!lane.isRelayed && inFlight >= limits.total)) continue
        if (!first || isBefore(lane, first)) first = lane
        if (!lane.isRelayed && (!last || isAhead(lane, last))) last = lane
      }
      const isShareHeld = last !== undefined && held - last.inFlight >= (isUnheard ? shareOfUnheard : share)
      return isShareHeld && first?.isRelayed === false ? last : first
    }
    const begin = (lane: Lane): void => {
      const index = lane.indexes[lane.begun++]!
      if (!lane.isRelayed) inFlight++
      lane.inFlight++
      act(items[index]!).then(result => {
        results[index] = result
        if (!lane.isRelayed) inFlight--
        lane.inFlight--
        lane.done++
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
  readonly room: number
  readonly isRelayed: boolean
  begun: number
  inFlight: number
  done: number
}

/** Fewer calls done, or as many and fewer in flight, or as many of both and an earlier item. */
function isBefore(lane: Lane, other: Lane): boolean {
  if (lane.done !== other.done) return lane.done < other.done
  if (lane.inFlight !== other.inFlight) return lane.inFlight < other.inFlight
  return lane.indexes[lane.begun]! < other.indexes[other.begun]!
}

/** More calls done, or as many and fewer in flight: one of which all hang is never ahead for long. */
function isAhead(lane: Lane, other: Lane): boolean {
  return lane.done === other.done ? lane.inFlight < other.inFlight : lane.done > other.done
}

/** How many calls may be in flight in a region. */
export function roomIn(region: string, { total, perRegion, relayed }: FanOut): number {
  return relayed?.get(region) ?? Math.min(total, perRegion)
}

function lanesOf<T>(items: readonly T[], regionOf: (item: T) => string, limits: FanOut): readonly Lane[] {
  const lanes = new Map<string, Lane>()
  for (const [index, item] of items.entries()) {
    const region = regionOf(item)
    const lane = lanes.get(region) ?? {
      indexes: [],
      room: roomIn(region, limits),
      isRelayed: limits.relayed?.has(region) ?? false,
      begun: 0,
      inFlight: 0,
      done: 0,
    }
    lanes.set(region, lane)
    lane.indexes.push(index)
  }
  return [...lanes.values()]
}
