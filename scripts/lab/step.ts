import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { operatorChains } from "./chain-seen.js"
import { faultNamed } from "./faults.js"
import type { LabHost } from "./host.js"
import { type HostState, hostSeen, hostState } from "./host-seen.js"
import { leaks } from "./leaks.js"
import type { HostSeen, Observation, RunSeen } from "./observation.js"
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
  const troubles = [
    ...(await Promise.all(faults.map(({ healed }) => healed))),
    await revive(fleet.hosts),
  ].flat()
  const observation = await observe(step, fleet, before, runs)
  endOrphans(observation.hosts)
  return { ...observation, troubles }
}

/** Everything runs again that ended, as a host's init would have it. */
async function revive(hosts: readonly LabHost[]): Promise<readonly string[]> {
  const revived = hosts.map(host =>
    trouble(`${host.name} could not be revived`, async () => {
      if (host.supervisord() === 0) await host.startSupervisord()
      if (host.agent() === 0) await host.startAgent()
    }),
  )
  return (await Promise.all(revived)).flat()
}

/** So that a second process of a task is found in one step, and not again in all that follow. */
function endOrphans(hosts: readonly HostSeen[]): void {
  for (const { processes } of hosts)
    if (processes.length > 1) for (const { pid, owned } of processes) if (!owned) process.kill(pid, "SIGKILL")
}

interface Suffering {
  /** Of a fault that comes before the operation: when it is there; else at once. */
  readonly injected: Promise<void>
  /** What did not go as it should, when all is over. */
  readonly healed: Promise<readonly string[]>
}

function suffer({ name, hosts, at, lasts }: PlannedFault, fleet: readonly LabHost[]): Suffering {
  const fault = faultNamed(name)
  const struck = fleet.filter(host => hosts.includes(host.name))
  const onAll = async (what: "inject" | "heal"): Promise<readonly string[]> => {
    const each = struck.map(host => trouble(`${what} ${name} on ${host.name}`, () => fault[what](host)))
    return (await Promise.all(each)).flat()
  }
  const begun = sleep(at).then(() => onAll("inject"))
  const healed = begun.then(async troubles => {
    await sleep(lasts)
    return [...troubles, ...(await onAll("heal"))]
  })
  return { injected: at > 0 ? Promise.resolve() : begun.then(() => {}), healed }
}

async function trouble(what: string, work: () => Promise<void>): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (error) {
    return [`${what}: ${(error as Error).message}`]
  }
}

async function observe(
  step: Step,
  fleet: Fleet,
  before: ReadonlyMap<string, HostState>,
  runs: readonly RunSeen[],
): Promise<Omit<Observation, "troubles">> {
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
