import { type Finding, type Path, pathText } from "../located.js"
import type { PlacedJob, PlacedTask } from "../place.js"
import type { RuleInput } from "../rules.js"
import type { PortUse } from "../variables/scope.js"

/** Ports that are looked at in one file; a real cluster has far fewer. */
const MAX_PORTS = 500_000

/**
 * No two jobs on a host use the same port. A task uses those that its job gives a name, its first one where there are no names,
 * and in `used` those that it names by number. Tasks of one job have ports of their own: no number reaches beyond `portStep`.
 */
export function portClashes(jobs: readonly PlacedJob[], used: PortUse, { place }: RuleInput): Finding[] {
  const findings = new Map<PlacedJob, Finding>()
  let room = MAX_PORTS
  for (const tasks of crowds(jobs)) {
    const users = new Map<number, PlacedTask>()
    for (const task of tasks) {
      for (const port of portsOf(task, used)) {
        if (--room < 0) return [...findings.values()]
        const other = users.get(port)
        if (other === undefined) users.set(port, task)
        else if (other.job !== task.job && !findings.has(task.job)) {
          findings.set(task.job, clash(task, other, port, place))
        }
      }
    }
  }
  return [...findings.values()]
}

/** The tasks of each host where several jobs have ports; of hosts that run alike, those of the first. */
function crowds(jobs: readonly PlacedJob[]): Iterable<readonly PlacedTask[]> {
  interface Crowd {
    readonly copies: Map<string, number>
    readonly tasks: PlacedTask[]
  }
  const hosts = new Map<string, Crowd>()
  for (const task of jobs.flatMap(job => job.tasks)) {
    if (task.port === undefined) continue
    const host: Crowd = hosts.get(task.host.name) ?? { copies: new Map(), tasks: [] }
    hosts.set(task.host.name, host)
    host.copies.set(task.job.name, task.instance + 1)
    host.tasks.push(task)
  }
  const different = new Map<string, readonly PlacedTask[]>()
  for (const { copies, tasks } of hosts.values()) {
    const alike = [...copies].join()
    if (copies.size > 1 && !different.has(alike)) different.set(alike, tasks)
  }
  return different.values()
}

function portsOf(task: PlacedTask, used: PortUse): Iterable<number> {
  const { port = 0, job } = task
  const named = Object.values(job.ports)
  return new Set([...(named.length > 0 ? named : [0]).map(n => port + n), ...(used.get(task) ?? [])])
}

function clash(own: PlacedTask, other: PlacedTask, port: number, place: RuleInput["place"]): Finding {
  const path: Path = ["jobs", own.job.name, "basePort"]
  const first = `${other.name} (${place(["jobs", other.job.name, "basePort"], "value")})`
  return {
    code: "PORT_CLASH",
    path,
    message: `${pathText(path)}: ${own.name} and ${first} both use the port ${port} on ${own.host.name}`,
    hint: "Give one of them another basePort.",
  }
}
