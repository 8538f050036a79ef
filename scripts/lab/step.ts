import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { operatorChains } from "./chain-seen.js"
import { faultNamed } from "./faults.js"
import type { LabHost } from "./host.js"
import { type HostState, hostSeen, hostState } from "./host-seen.js"
import { leaks } from "./leaks.js"
import type { Observation, RunSeen } from "./observation.js"
import { operate, type Surroundings } from "./operations.js"
import { rest } from "./rest.js"
import type { PlannedFault, Step } from "./schedule.js"

/** The lab as a step sees it. */
export interface Fleet extends Surroundings {
  readonly folder: string
  readonly password: string
  readonly hosts: readonly LabHost[]
}

/** Carries out a step: operation and faults side by side, healing, rest; gives what was seen then. */
export async function takeStep(step: Step, fleet: Fleet): Promise<Observation> {
  const before = new Map(fleet.hosts.map(host => [host.name, hostState(host)]))
  const faults = step.faults.map(fault => suffer(fault, fleet.hosts))
  await Promise.all(faults.map(({ injected }) => injected))
  const runs = await operate(step.operation, fleet)
  await Promise.all(faults.map(({ healed }) => healed))
  await mend(fleet.hosts)
  return observe(step, fleet, before, runs)
}

/** Everything runs again that the step ended, as a host's init would have it. */
export async function mend(hosts: readonly LabHost[]): Promise<void> {
  for (const host of hosts) {
    if (host.supervisord() === 0) await host.startSupervisord()
    if (host.agent() === 0) await host.startAgent()
  }
}

interface Suffering {
  /** Of a fault that comes before the operation: when it is there; else at once. */
  readonly injected: Promise<void>
  readonly healed: Promise<void>
}

function suffer({ name, hosts, at, lasts }: PlannedFault, fleet: readonly LabHost[]): Suffering {
  const fault = faultNamed(name)
  const struck = fleet.filter(host => hosts.includes(host.name))
  const begin = async (): Promise<void> => {
    if (at > 0) await sleep(at)
    await Promise.all(struck.map(host => fault.inject(host)))
  }
  const begun = begin()
  const healed = begun.then(async () => {
    await sleep(lasts)
    await Promise.all(struck.map(host => fault.heal(host)))
  })
  // Awaited after the operation; until then its failure is nobody's.
  healed.catch(() => {})
  return { injected: at > 0 ? Promise.resolve() : begun, healed }
}

async function observe(
  step: Step,
  fleet: Fleet,
  before: ReadonlyMap<string, HostState>,
  runs: readonly RunSeen[],
): Promise<Observation> {
  const { hosts, folder, password } = fleet
  const restless = await rest(hosts, password)
  const seen = hosts.map(host => {
    const faults = step.faults.filter(fault => fault.hosts.includes(host.name)).map(fault => fault.name)
    const restarted = faults.some(name => faultNamed(name).restarts)
    return hostSeen(host, before.get(host.name)!, faults, restarted)
  })
  const operator = join(folder, "operator")
  const told = hosts.flatMap(({ root, logs }) => [
    ...logs,
    ...["audit.jsonl", "history.jsonl", "operations"].map(name => join(root, name)),
  ])
  return {
    hosts: await Promise.all(seen),
    runs,
    chains: await operatorChains(join(operator, "state")),
    leaks: leaks([operator, ...told], password),
    programs: fleet.versions.programs,
    ...(restless === undefined ? {} : { restless }),
  }
}
