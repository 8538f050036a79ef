/** How many calls may be in flight. */
export interface FanOut {
  /** Over all targets but those of `relayed`. */
  readonly total: number
  /** In one region. */
  readonly perRegion: number
  /** Regions with room of their own, and how many in each: their relays hold the connections, and not this machine. */
  readonly relayed?: ReadonlyMap<string, number> | undefined
}

// Of the room, what is kept for the region that is ahead. While nothing is done of one of the others, which may hang, and then each call
// of it takes its whole timeout, it is so much more that the one ahead is done soon.
const KEPT = 1 / 16
const KEPT_WHILE_UNHEARD = 1 / 4
const SOON = 2_000
// A thousand connections opened in one go hold up the loop, and with it the answers to the first of them.
const STARTS_PER_TURN = 32

/**
 * Runs `act` for every item, so many at once as the limits allow, and gives the results in the order of the items.
 * `act` must not reject: the failure of a target is a value. An item of a region that is full takes no place of the others. Of what may
 * begin at once, so many begin in one turn of the loop as it takes well. `now` tells milliseconds.
 */
export function fanOut<T, R>(
  items: readonly T[],
  regionOf: (item: T) => string,
  limits: FanOut,
  act: (item: T) => Promise<R>,
  now: () => number = () => performance.now(),
): Promise<R[]> {
  if (items.length === 0) return Promise.resolve([])
  const results = new Array<R>(items.length)
  const lanes = lanesOf(items, regionOf, limits)
  return new Promise((resolve, reject) => {
    let inFlight = 0
    let done = 0
    const least = Math.ceil(limits.total * KEPT)
    const most = Math.ceil(limits.total * KEPT_WHILE_UNHEARD)
    const soonDone = (lane: Lane): number => Math.min(most, Math.max(least, Math.ceil(workOf(lane) / SOON)))

    // The distant regions first, so that the calls of the near ones are made while theirs travel; but together they leave a part of the
    // room to the nearest.
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
      if (!last || first?.isRelayed !== false) return first
      const kept = isUnheard ? soonDone(last) : least
      return held - last.inFlight >= Math.max(1, limits.total - kept) ? last : first
    }
    const begin = (lane: Lane): void => {
      const index = lane.indexes[lane.begun++]!
      if (!lane.isRelayed) inFlight++
      lane.inFlight++
      const began = now()
      act(items[index]!).then(result => {
        results[index] = result
        if (!lane.isRelayed) inFlight--
        lane.inFlight--
        lane.done++
        lane.took += now() - began
        lane.distance = distanceOf(lane)
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
  /** Milliseconds of all that are done, one after another. */
  took: number
  distance: number
}

/** More distant, or as distant and fewer done, or as many and fewer in flight, or as many of all and an earlier item. */
function isBefore(lane: Lane, other: Lane): boolean {
  if (lane.distance !== other.distance) return lane.distance > other.distance
  if (lane.done !== other.done) return lane.done < other.done
  if (lane.inFlight !== other.inFlight) return lane.inFlight < other.inFlight
  return lane.indexes[lane.begun]! < other.indexes[other.begun]!
}

/** Nearer, or as near and more done, or as many and fewer in flight: one of which all hang is never ahead for long. */
function isAhead(lane: Lane, other: Lane): boolean {
  if (lane.distance !== other.distance) return lane.distance < other.distance
  return lane.done === other.done ? lane.inFlight < other.inFlight : lane.done > other.done
}

/** How long its calls take, in steps of twice as long, so that regions about as distant are asked side by side. */
function distanceOf({ took, done }: Lane): number {
  return Math.ceil(Math.log2(Math.max(1, took / done)))
}

/** Milliseconds that what is not begun will take, one after another; nobody knows of a region of which nothing is done. */
function workOf({ indexes, begun, took, done }: Lane): number {
  return done === 0 ? Number.POSITIVE_INFINITY : ((indexes.length - begun) * took) / done
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
      took: 0,
      distance: Number.POSITIVE_INFINITY,
    }
    lanes.set(region, lane)
    lane.indexes.push(index)
  }
  return [...lanes.values()]
}
