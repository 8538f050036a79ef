import { DEFAULT_PORT_STEP } from "../defaults.js"
import { instancesOn } from "../instances.js"
import { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob, foundHosts } from "./each-job.js"
import type { Wrong } from "./wrong.js"

/** The ports of a job, as far as they are known. */
export interface Ports {
  readonly basePort?: number | undefined
  readonly portStep?: number | undefined
  readonly ports?: Readonly<Record<string, number | undefined>> | undefined
  /** The most on one host. */
  readonly instances: number
}

/** Each port of a job is one of its instance's own, and there is such a port. */
export function ports(input: RuleInput): Finding[] {
  const find = jobHostFinder(input.hosts.hosts)
  return eachJob(input, (job, path) => {
    const { basePort, portStep, ports } = job
    const homeless = ["ports", "portStep"].filter(key => key in job && !("basePort" in job))
    if (homeless.length > 0) return homeless.map(key => noBasePort([...path, key]))
    // A step that is wrong by itself would make its ports look wrong.
    if (basePort === undefined || ("portStep" in job && portStep === undefined)) return []
    const count = instancesOn(job.instances, keysAt(input.root, [...path, "instances"]), find)
    const instances = Math.max(1, ...[...foundHosts(find, job.hosts)].map(count))
    return portProblems({ basePort, portStep, ports, instances }).map(({ key, message, hint }): Finding => {
      const at = [...path, ...key]
      return { code: "PORTS", path: at, message: `${pathText(at)}: ${message}`, hint }
    })
  })
}

/** What is wrong with the ports of a job, each with the key that is to blame. */
export function portProblems({
  basePort,
  portStep = DEFAULT_PORT_STEP,
  ports = {},
  instances,
}: Ports): readonly (Wrong & { readonly key: Path })[] {
  const names = new Map<number, string>()
  const named = Object.entries(ports).flatMap(([name, n]) => {
    if (n === undefined) return []
    const other = names.get(n)
    names.set(n, other ?? name)
    const key = ["ports", name]
    if (n >= portStep) {
      const message = `${n} is not below portStep (${portStep}), so it is a port of the next instance`
      return [{ key, message, hint: `Write a number from 0 to ${portStep - 1}, or set portStep: ${n + 1}` }]
    }
    if (other === undefined) return []
    return [{ key, message: `it is ${n}, and so is ${other}`, hint: "Give each its own number." }]
  })
  const last = (basePort ?? 0) + portStep * instances - 1
  if (basePort === undefined || last <= 65_535) return named
  const message = `its ports would go up to ${last}, and no port is above 65535`
  const hint = `Lower basePort to ${Math.max(1, 65_536 - portStep * instances)}, or make portStep smaller.`
  return [{ key: ["basePort"], message, hint }, ...named]
}

function noBasePort(path: Path): Finding {
  const message = `${pathText(path)}: there is no basePort that it counts from`
  return { code: "PORTS", path, on: "key", message, hint: "Add basePort beside it." }
}
