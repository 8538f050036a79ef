import { type Floor, floorOf } from "../../model/policy.js"
import { instancesOn } from "../instances.js"
import { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { parseFloor } from "../units.js"
import { eachJob, foundHosts } from "./each-job.js"

/** A floor as high as the number of tasks would let none of them ever be changed. */
export function floors(input: RuleInput): Finding[] {
  if (!input.hosts.complete) return []
  const find = jobHostFinder(input.hosts.hosts)
  const regionOf = new Map(input.hosts.hosts.map(host => [host.name, host.region]))
  const top = input.draft.rollout
  return eachJob(input, (job, path, name): Finding[] => {
    const own = job.rollout !== undefined && "minAvailable" in job.rollout
    const written = own ? job.rollout?.minAvailable : top?.minAvailable
    const floor = written === undefined ? undefined : parseFloor(written)
    if (floor === undefined || written === undefined) return []
    const count = instancesOn(job.instances, keysAt(input.root, [...path, "instances"]), find)
    const hosts = [...foundHosts(find, job.hosts)].map(host => ({
      region: regionOf.get(host) ?? "",
      tasks: count(host),
    }))
    // The smallest one: what it can keep, the others can keep too.
    const [full] = tasksByPlace(floor, hosts)
      .filter(({ tasks }) => tasks > 1 && floorOf(floor, tasks) >= tasks)
      .sort((a, b) => a.tasks - b.tasks)
    if (full === undefined) return []
    const message = `jobs.${name} has ${full.tasks} tasks ${full.place}, and minAvailable ${written} keeps all of them, so none could ever be changed`
    const hint = `At most ${full.tasks - 1} can be kept, for example with minAvailable: ${full.tasks - 1} under ${pathText(path)}.rollout`
    const at = own ? [...path, "rollout"] : ["rollout"]
    return [{ code: "FLOOR", path: [...at, "minAvailable"], message, hint }]
  })
}

interface Crowd {
  readonly place: string
  readonly tasks: number
}

// A quorum is of all regions together, any other floor of each.
function tasksByPlace(
  floor: Floor,
  hosts: readonly { readonly region: string; readonly tasks: number }[],
): Crowd[] {
  if (floor.kind === "quorum") {
    return [{ place: "in all", tasks: hosts.reduce((sum, { tasks }) => sum + tasks, 0) }]
  }
  const counts = new Map<string, number>()
  for (const { region, tasks } of hosts) counts.set(region, (counts.get(region) ?? 0) + tasks)
  return [...counts].map(([region, tasks]) => ({ place: `in ${region}`, tasks }))
}
