import { fold } from "../../model/ranges.js"
import { printable } from "../../model/visible.js"
import { PROCESS_DEFAULTS } from "../defaults.js"
import { instancesOn } from "../instances.js"
import { isTemplate } from "../is-template.js"
import { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import { hinter, nearest, thereIs } from "../nearest.js"
import type { RuleInput } from "../rules.js"
import { COMMAND_KEYS } from "../schema.js"
import { eachJob, foundHosts } from "./each-job.js"

/** Tasks in one cluster; a plan of more would not be read by anybody. */
const MAX_TASKS = 100_000

export function jobKinds(input: RuleInput): Finding[] {
  const { root } = input
  return eachJob(input, (job, path, name) => {
    if ("command" in job && "program" in job) {
      const message = `jobs.${name} has both command and program`
      const hint =
        "Keep command for a job that minos deploys, program for one that the supervisor already has."
      return [{ code: "JOB_KIND", path: [...path, "program"], on: "key", message, hint }]
    }
    if (!("command" in job) && !("program" in job)) {
      if (keysAt(root, path).some(key => nearest(key, ["command", "program"]) !== undefined)) return []
      const message = `jobs.${name} has neither command nor program`
      const hint =
        "Add command for a job that minos deploys, or program for one that the supervisor already has."
      return [{ code: "JOB_KIND", path, on: "key", message, hint }]
    }
    if ("command" in job) return []
    return COMMAND_KEYS.filter(key => key in job).map(key => ({
      code: "JOB_KIND",
      path: [...path, key],
      on: "key",
      message: `jobs.${name}.${key} cannot stand beside program`,
      hint: "The supervisor's own configuration sets it; only a job with a command has it here.",
    }))
  })
}

export function packageNeeded(input: RuleInput): Finding[] {
  if (keysAt(input.root, []).includes("package")) return []
  const findings = eachJob(input, (job, path, name) => {
    if (!("command" in job)) return []
    const message = `jobs.${name} has a command, so the file needs a package to deploy`
    const hint = "Add package: {name: ..., version: ..., file: ...} at the top."
    return [{ code: "MISSING_KEY", path: [...path, "command"], on: "key", message, hint }]
  })
  return findings.slice(0, 1)
}

/** What `hosts` and `instances` of a job name is there. */
export function jobHosts(input: RuleInput): Finding[] {
  const { hosts } = input.hosts
  const find = jobHostFinder(hosts)
  const regions = hosts.map(host => host.region)
  const names = hosts.map(host => host.name)
  const hintFor = hinter(new Set([...names, ...regions]), () =>
    thereIs([...new Set(regions), ...fold(names)]),
  )
  const check = (pattern: string, path: Path, on: "key" | "value"): Finding[] => {
    if (pattern.includes("${") || isTemplate(pattern)) return []
    const match = find(pattern)
    if (match.problem !== undefined) return [{ code: "BAD_RANGE", path, on, message: match.problem }]
    if (!input.hosts.complete || match.unknown.length === 0) return []
    const shown = match.unknown.map(name => `"${printable(name)}"`).join(", ")
    const at = on === "key" ? path.slice(0, -1) : path
    const message = `${pathText(at)}: no host and no region is named ${shown}`
    return [{ code: "UNKNOWN_HOST", path, on, message, hint: hintFor(match.unknown[0] ?? "") }]
  }
  return eachJob(input, (job, path) => {
    const instances = [...path, "instances"]
    return [
      ...(job.hosts ?? []).flatMap((pattern, i) =>
        pattern === undefined ? [] : check(pattern, [...path, "hosts", i], "value"),
      ),
      ...keysAt(input.root, instances).flatMap(pattern => check(pattern, [...instances, pattern], "key")),
    ]
  })
}

export function taskCount(input: RuleInput): Finding[] {
  const find = jobHostFinder(input.hosts.hosts)
  let total = 0
  return eachJob(input, (job, path) => {
    const before = total
    const count = instancesOn(job.instances, keysAt(input.root, [...path, "instances"]), find)
    for (const host of foundHosts(find, job.hosts)) total += count(host)
    if (total <= MAX_TASKS || before > MAX_TASKS) return []
    const message = `with ${pathText(path)} the cluster has ${total} tasks, the limit is ${MAX_TASKS}`
    return [
      { code: "TOO_MANY_TASKS", path, on: "key", message, hint: "Split it into several cluster files." },
    ]
  })
}

/** supervisord refuses its whole configuration when one program stops as a group but does not kill as one. */
export function groupSignals(input: RuleInput): Finding[] {
  return eachJob(input, (job, path): Finding[] => {
    const stop = job.stopasgroup ?? PROCESS_DEFAULTS.stopasgroup
    if (!stop || job.killasgroup !== false) return []
    const at = [...path, "killasgroup"]
    const message = `${pathText(at)}: it cannot be false while stopasgroup is true`
    return [{ code: "BAD_VALUE", path: at, message, hint: "Set stopasgroup: false too, or remove both." }]
  })
}

const PROGRAM = /^[^\s/:]+(:[^\s/:]+)?$/

export function programNames(input: RuleInput): Finding[] {
  return eachJob(input, ({ program }, path): Finding[] => {
    if (program === undefined || isTemplate(program) || isProgramName(program)) return []
    const at = [...path, "program"]
    const message = `${pathText(at)}: "${printable(program)}" is not a program's name`
    return [
      {
        code: "BAD_NAME",
        path: at,
        message,
        hint: "Write program, group:program or group:*, without spaces and slashes.",
      },
    ]
  })
}

/** Two jobs that name the same program on the same host would each count it as their task. */
export function duplicatePrograms(input: RuleInput): Finding[] {
  const find = jobHostFinder(input.hosts.hosts)
  /** By the group of their programs. */
  const users = new Map<string, readonly User[]>()
  return eachJob(input, ({ program, hosts }, path, job): Finding[] => {
    if (program === undefined || isTemplate(program) || !isProgramName(program)) return []
    const [group = "", member = group] = program.split(":")
    const at = [...path, "program"]
    const own: User = { job, member, path: at, hosts: foundHosts(find, hosts) }
    const before = users.get(group) ?? []
    users.set(group, [...before, own])
    const others = before.filter(user => user.member === member || user.member === "*" || member === "*")
    if (others.length === 0) return []
    for (const host of own.hosts) {
      const other = others.find(user => user.hosts.has(host))
      if (other === undefined) continue
      const first = `jobs.${other.job} (${input.place(other.path, "value")})`
      const message = `jobs.${job} and ${first} both name ${printable(program)} on ${host}`
      const hint = "A program on a host belongs to one job."
      return [{ code: "DUPLICATE_PROGRAM", path: at, message, hint }]
    }
    return []
  })
}

interface User {
  readonly job: string
  readonly member: string
  readonly path: Path
  readonly hosts: ReadonlySet<string>
}

// `*` is a name only as all of a group's programs.
function isProgramName(program: string): boolean {
  return PROGRAM.test(program) && !program.replace(/:\*$/, "").includes("*")
}
