import { dirname, resolve } from "node:path"
import type { Cluster, Host, Job, Region, Task } from "../model/cluster.js"
import { programName } from "../model/deployment.js"
import type { Credentials, Endpoint } from "../model/endpoint.js"
import { parseAddress } from "./address.js"
import type { Checked } from "./check.js"
import { AGENT_DEFAULTS, DEFAULT_KEEP_RELEASES } from "./defaults.js"
import type { DraftedTask } from "./draft-task.js"
import type { UnfoldedHost } from "./hosts.js"
import { keysAt, type LocatedMap, type Path, valueAt } from "./located.js"
import { toClusterPolicy, toJobPolicy } from "./policy.js"
import type { Lookup } from "./secret-lookup.js"
import { resolveSecret } from "./secrets.js"
import { milliseconds } from "./units.js"

/** Where a cluster came from. */
export type Origin = Pick<Cluster, "file" | "files" | "sources">

/** The complete cluster: every default filled in, every range expanded, every secret with its place. */
export function normalize(
  { root, written, hosts, jobs, tasks }: Checked,
  lookup: Lookup,
  origin: Origin,
): Cluster {
  const known = new Map(hosts.map(host => [host.name, toHost(host, root, lookup)]))
  const hostOf = ({ name }: UnfoldedHost): Host => known.get(name) as Host
  const regions = keysAt(root, ["regions"]).map((name): Region => {
    return { name, hosts: hosts.filter(host => host.region === name).map(hostOf) }
  })
  const made = jobs.flatMap(({ name, hosts }): Job[] => {
    const job = written.jobs[name]
    if (job === undefined) return []
    const common = { name, hosts: hosts.map(hostOf), policy: toJobPolicy(job, written.rollout) }
    return [
      job.program === undefined
        ? { ...common, kind: "deployed" }
        : { ...common, kind: "existing", program: job.program },
    ]
  })
  const jobOf = new Map(made.map(job => [job.name, job]))
  const { service, cluster, package: pack } = written
  return {
    ...origin,
    service,
    cluster,
    ...(pack !== undefined && { package: { ...pack, file: besides(root, ["package", "file"], pack.file) } }),
    regions,
    jobs: made,
    tasks: tasks.map(drafted =>
      toTask(drafted, jobOf.get(drafted.task.job.name) as Job, hostOf, { service, cluster }),
    ),
    policy: toClusterPolicy(written.rollout),
    production: written.production ?? false,
    keepReleases: written.keepReleases ?? DEFAULT_KEEP_RELEASES,
  }
}

/** A path relative to the file that says it. */
function besides(root: LocatedMap, path: Path, file: string): string {
  return resolve(dirname(valueAt(root, path)?.from.path ?? root.from.path), file)
}

function toTask(
  { task, checks, release }: DraftedTask,
  job: Job,
  hostOf: (host: UnfoldedHost) => Host,
  key: { readonly service: string; readonly cluster: string },
): Task {
  const { name, instance } = task
  const program = job.kind === "existing" ? job.program : programName({ ...key, job: job.name, instance })
  return { name, job, host: hostOf(task.host), instance, program, checks, ...(release && { release }) }
}

function toHost(host: UnfoldedHost, root: LocatedMap, lookup: Lookup): Host {
  return {
    name: host.name,
    region: host.region,
    address: host.address ?? "",
    labels: { ...host.labels } as Record<string, string>,
    endpoint: toEndpoint(host, root, lookup),
  }
}

function toEndpoint(host: UnfoldedHost, root: LocatedMap, lookup: Lookup): Endpoint {
  const { address, agent } = host
  const timeout = milliseconds(agent.timeout) ?? AGENT_DEFAULTS.timeout
  const connectTimeout = milliseconds(agent.connectTimeout) ?? AGENT_DEFAULTS.connectTimeout
  const credentials = toCredentials(host, root, lookup)
  return {
    address: toAddress(address ?? "", agent.scheme, agent.port),
    path: AGENT_DEFAULTS.path,
    ...(credentials !== undefined && { credentials }),
    connectTimeout: Math.min(connectTimeout, timeout),
    timeout,
  }
}

function toAddress(
  address: string,
  scheme: "http" | "https" = AGENT_DEFAULTS.scheme,
  port: number = AGENT_DEFAULTS.port,
): Endpoint["address"] {
  const parsed = parseAddress(address)
  if (parsed.kind === "bad") throw new Error(`an address is used that was not checked before: ${address}`)
  return parsed.kind === "socket" ? parsed : { kind: "tcp", scheme, host: parsed.host, port }
}

function toCredentials(host: UnfoldedHost, root: LocatedMap, lookup: Lookup): Credentials | undefined {
  const { user, password } = host.agent
  if (user === undefined || password === undefined) return undefined
  // The innermost of those that were laid over each other.
  const where = (key: string): Path => {
    const over = [
      [...host.path, "agent", key],
      ["regions", host.region, "agent", key],
    ]
    return over.find(path => valueAt(root, path) !== undefined) ?? ["agent", key]
  }
  const name = resolveSecret(user, lookup, where("user"))
  const secret = resolveSecret(password, lookup, where("password"))
  const known = name.known()
  if (known !== undefined) return { user: known, password: secret }
  return {
    // Asked for each time, because the command that gives it must not run before.
    get user() {
      return name.reveal()
    },
    password: secret,
  }
}
