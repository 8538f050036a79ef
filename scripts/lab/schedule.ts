import type { Fault } from "./fault.js"
import type { HostPlace } from "./place.js"
import { type Random, random } from "./random.js"

/** One step of the lab: an operation, and what goes wrong meanwhile. */
export interface Step {
  /** From 1. */
  readonly number: number
  readonly operation: PlannedOperation
  readonly faults: readonly PlannedFault[]
}

export interface PlannedOperation {
  readonly name: OperationName
  /** The version that it deploys, or that was deployed last. */
  readonly version: number
  /** Only this region; all of them when it is absent. */
  readonly region?: string
  /** Failures that do not stop it. */
  readonly tolerance: number
  /** Tasks changed at once in a region. */
  readonly parallel: number
  /** Milliseconds: until it is disturbed, or until its second run begins. */
  readonly delay: number
  readonly onFailure: "stop" | "revert"
}

/** All of them; `operations.ts` says what each does. */
export const OPERATIONS = [
  "deploy",
  "broken",
  "restart",
  "stop",
  "start",
  "rollback",
  "status",
  "two",
  "killed",
  "interrupted",
  "aborted",
  "terminated",
] as const

export type OperationName = (typeof OPERATIONS)[number]

export interface PlannedFault {
  readonly name: string
  /** Names, in the order of the fleet. */
  readonly hosts: readonly string[]
  /** Milliseconds from the beginning of the step. */
  readonly at: number
  /** How long until it is healed. */
  readonly lasts: number
}

// Deploys, and runs that die, are what can do harm.
const WEIGHTS: Readonly<Record<OperationName, number>> = {
  deploy: 8,
  broken: 2,
  restart: 3,
  stop: 2,
  start: 1,
  rollback: 2,
  status: 1,
  two: 3,
  killed: 6,
  interrupted: 2,
  aborted: 2,
  terminated: 1,
}

/** What a schedule is made from. */
export interface Chances {
  readonly seed: number
  readonly faults: readonly Fault[]
  readonly places: readonly HostPlace[]
}

/** The step of that number. Steps do not depend on each other, so any of them can be made alone. */
export function planStep({ seed, faults, places }: Chances, number: number): Step {
  const chance = random(seed, number)
  // The first fills the fleet, so that the others have something to break.
  const name = number === 1 ? "deploy" : chance.pick(BAG)
  const regions = [...new Set(places.map(place => place.region))]
  const region = !["two", "killed"].includes(name) && chance.chance(0.25) ? chance.pick(regions) : undefined
  const operation: PlannedOperation = {
    name,
    version: number,
    tolerance: chance.pick([0, 0, 3, 12]),
    parallel: chance.pick([1, 2, 4]),
    delay: 300 + chance.below(name === "two" ? 1_500 : 9_000),
    onFailure: chance.chance(0.25) ? "revert" : "stop",
    ...(region === undefined || number === 1 ? {} : { region }),
  }
  return { number, operation, faults: number === 1 ? [] : planFaults(chance, faults, places) }
}

const BAG = OPERATIONS.flatMap(name => Array.from({ length: WEIGHTS[name] }, () => name))

/** None, one or two faults, on hosts that have no other one. */
function planFaults(
  chance: Random,
  faults: readonly Fault[],
  places: readonly HostPlace[],
): readonly PlannedFault[] {
  if (faults.length === 0) return []
  const count = chance.pick([0, 1, 1, 1, 1, 2, 2])
  const chosen: PlannedFault[] = []
  for (let n = 0; n < count; n++) {
    const fault = chance.pick(faults)
    const free = places.filter(({ name }) => !chosen.some(({ hosts }) => hosts.includes(name)))
    const hosts = hostsFor(chance, fault, free)
    // Mostly amid the operation: what is there before is mostly seen before, and then nothing is touched.
    const at = chance.chance(0.2) ? 0 : 500 + chance.below(9_000)
    chosen.push({ name: fault.name, hosts, at, lasts: 500 + chance.below(12_000) })
  }
  return chosen.filter(({ hosts }) => hosts.length > 0)
}

function hostsFor(chance: Random, fault: Fault, free: readonly HostPlace[]): readonly string[] {
  const regions = [...new Set(free.map(place => place.region))]
  const wide = chance.chance(0.15)
  const count = chance.pick([1, 1, 1, 2, 3])
  const region = chance.pick(regions)
  const whole = fault.scope === "region" || wide
  return (whole ? free.filter(place => place.region === region) : chance.some(free, count)).map(
    place => place.name,
  )
}
