import { DEFAULT_PORT_STEP } from "../defaults.js"
import { instancesOn } from "../instances.js"
import { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { type DraftJob, eachJob, foundHosts } from "./each-job.js"

/** Two jobs on one host do not use the same port. A job without names for its ports uses the first of each instance. */
export function portClashes(input: RuleInput): Finding[] {
  const findings = new Map<string, Finding>()
  const looked = new Set<string>()
  let room = MAX_PORTS
  for (const [host, users] of usersByHost(input)) {
    // Most hosts run the same jobs as another one.
    const alike = users.map(({ name, instances }) => `${name} ${instances}`).join()
    if (users.length < 2 || looked.has(alike)) continue
    looked.add(alike)
    const first = new Map<number, User>()
    for (const user of users) {
      const ports = portsOf(user)
      room -= ports.length
      if (room < 0) return [...findings.values()]
      for (const port of ports) {
        const other = first.get(port)
        if (other === undefined) first.set(port, user)
        else if (other !== user && !findings.has(user.name)) {
          findings.set(user.name, clash(user, other, `${port} on ${host}`, input))
        }
      }
    }
  }
  return [...findings.values()]
}

/** Ports that are looked at in one file; a real cluster has far fewer. */
const MAX_PORTS = 500_000

interface User {
  readonly name: string
  readonly job: DraftJob
  readonly instances: number
  /** Of its basePort. */
  readonly path: Path
}

function usersByHost(input: RuleInput): ReadonlyMap<string, readonly User[]> {
  const find = jobHostFinder(input.hosts.hosts)
  const users = new Map<string, User[]>()
  eachJob(input, (job, path, name) => {
    if (job.basePort === undefined) return []
    const count = instancesOn(job.instances, keysAt(input.root, [...path, "instances"]), find)
    for (const host of foundHosts(find, job.hosts)) {
      const user = { name, job, instances: count(host), path: [...path, "basePort"] }
      const others = users.get(host)
      if (others === undefined) users.set(host, [user])
      else others.push(user)
    }
    return []
  })
  return users
}

function portsOf({ job, instances }: User): number[] {
  const { basePort = 0, portStep = DEFAULT_PORT_STEP, ports } = job
  const offsets = Object.values(ports ?? { first: 0 }).filter(n => n !== undefined)
  return Array.from({ length: instances }, (_, i) => offsets.map(n => basePort + portStep * i + n)).flat()
}

function clash(own: User, other: User, port: string, { place }: RuleInput): Finding {
  const first = `jobs.${other.name} (${place(other.path, "value")})`
  const message = `${pathText(own.path)}: jobs.${own.name} and ${first} both use the port ${port}`
  return { code: "PORT_CLASH", path: own.path, message, hint: "Give one of them another basePort." }
}
