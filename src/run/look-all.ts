import { CallError } from "../model/failure.js"
import type { Clock } from "./clock.js"
import { type FanOut, fanOut, roomIn } from "./fan-out.js"
import { type RegionCircuit, regionCircuit } from "./region-circuit.js"

/**
 * Asks every item, without changing anything, and gives the answers in the order of the items; one that does not answer is a CallError.
 * `ask` is given a patience, in milliseconds, where it shall not wait as long as it would: in a region of which nothing answers, so that
 * it costs one deadline more and not one a round. Was an item asked in haste and another of its region answers after all, it is
 * asked again: none counts as silent that was not given its time in a region that can be reached. `told` is called with
 * each answer as it comes, the first one of an item.
 */
export async function lookAll<T, R>(
  items: readonly T[],
  regionOf: (item: T) => string,
  limits: FanOut,
  clock: Clock,
  ask: (item: T, patience?: number) => Promise<R>,
  told: (item: T, answer: R | CallError) => void = () => {},
): Promise<(R | CallError)[]> {
  const circuits = circuitsOf(items.map(regionOf), limits, clock)
  const circuit = (item: T): RegionCircuit => circuits.get(regionOf(item))!
  const looks = await fanOut(
    items,
    regionOf,
    limits,
    item =>
      circuit(item).ask(
        patience => ask(item, patience),
        answer => told(item, answer),
      ),
    clock.now,
  )
  const again = [...items.keys()].filter(n => looks[n]!.hasty && circuit(items[n]!).isAlive())
  const answers = looks.map(({ answer }) => answer)
  const second = await fanOut(
    again,
    n => regionOf(items[n]!),
    limits,
    n =>
      ask(items[n]!).catch((error: unknown) => {
        if (error instanceof CallError) return error
        throw error
      }),
  )
  for (const [at, n] of again.entries()) answers[n] = second[at]!
  return answers
}

function circuitsOf(
  regions: readonly string[],
  limits: FanOut,
  clock: Clock,
): ReadonlyMap<string, RegionCircuit> {
  const counts = new Map<string, number>()
  for (const region of regions) counts.set(region, (counts.get(region) ?? 0) + 1)
  return new Map(
    [...counts].map(([region, hosts]) => [
      region,
      regionCircuit(region, hosts, roomIn(region, limits), clock),
    ]),
  )
}
