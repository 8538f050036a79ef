import { type Finding, type Path, pathText } from "../located.js"
import type { PlacedJob, PlacedTask } from "../place.js"
import type { RuleInput } from "../rules.js"
import type { PortUse } from "../variables/scope.js"

/**
 * No two tasks on a host use the same port. A task uses those that its job gives a name, its first one where there are no names,
 * and in `used` those that it names by number.
 */
export function portClashes(jobs: readonly PlacedJob[], used: PortUse, { place }: RuleInput): Finding[] {
  const users = new Map<string, PlacedTask>()
  return jobs.flatMap((job): Finding[] => {
    for (const task of job.tasks) {
      for (const port of portsOf(task, used)) {
        const key = `${task.host.name} ${port}`
        const other = users.get(key)
        if (other === undefined) users.set(key, task)
        else if (other !== task) return [clash(task, other, port, place)]
      }
    }
    return []
  })
}

function portsOf(task: PlacedTask, used: PortUse): Iterable<number> {
  const { port, job } = task
  if (port === undefined) return []
  const named = Object.values(job.ports)
  return new Set([...(named.length > 0 ? named : [0]).map(n => port + n), ...(used.get(task) ?? [])])
}

function clash(own: PlacedTask, other: PlacedTask, port: number, place: RuleInput["place"]): Finding {
  const path: Path = ["jobs", own.job.name, "basePort"]
  const same = own.job === other.job
  const first = same ? other.name : `${other.name} (${place(["jobs", other.job.name, "basePort"], "value")})`
  return {
    code: "PORT_CLASH",
    path,
    message: `${pathText(path)}: ${own.name} and ${first} both use the port ${port} on ${own.host.name}`,
    hint: same ? "Set a larger portStep." : "Give one of them another basePort.",
  }
}
