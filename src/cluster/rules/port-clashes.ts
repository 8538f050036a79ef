import { DEFAULT_PORT_STEP } from "../defaults.js"
import { instancesOn } from "../instances.js"
import { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { type DraftJob, eachJob, foundHosts } from "./each-job.js"

/** Ports that are looked at in one file; more than any real cluster has. */
const MAX_PORTS = 500_000

/** Two jobs on one host do not use the same port. A job without names for its ports uses the first of each instance. */
export function portClashes(input: RuleInput): Finding[] {
  const find = jobHostFinder(input.hosts.hosts)
  const users = new Map<string, User>()
  let looked = 0
  return eachJob(input, (job, path, name): Finding[] => {
    const count = instancesOn(job.instances, keysAt(input.root, [...path, "instances"]), find)
    for (const host of foundHosts(find, job.hosts)) {
      for (const port of portsOf(job, count(host))) {
        if (++looked > MAX_PORTS) return []
        const key = `${host} ${port}`
        const other = users.get(key)
        if (other === undefined) users.set(key, { job: name, path: [...path, "basePort"] })
        else if (other.job !== name)
          return [clash({ job: name, path: [...path, "basePort"] }, other, host, port, input)]
      }
    }
    return []
  })
}

interface User {
  readonly job: string
  readonly path: Path
}

function portsOf({ basePort, portStep = DEFAULT_PORT_STEP, ports }: DraftJob, instances: number): number[] {
  if (basePort === undefined) return []
  const offsets = Object.values(ports ?? { first: 0 }).filter(n => n !== undefined)
  return Array.from({ length: instances }, (_, i) => offsets.map(n => basePort + portStep * i + n)).flat()
}

function clash(own: User, other: User, host: string, port: number, { place }: RuleInput): Finding {
  const first = `jobs.${other.job} (${place(other.path, "value")})`
  const message = `${pathText(own.path)}: jobs.${own.job} and ${first} both use the port ${port} on ${host}`
  return { code: "PORT_CLASH", path: own.path, message, hint: "Give one of them another basePort." }
}
