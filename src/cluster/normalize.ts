import { dirname, resolve } from "node:path"
import type { Cluster, Host, Job, Region, Relay, Task } from "../model/cluster.js"
import { programName } from "../model/deployment.js"
import type { Credentials, Endpoint } from "../model/endpoint.js"
import { parseAddress } from "./address.js"
import type { Checked } from "./check.js"
import { AGENT_DEFAULTS, DEFAULT_KEEP_RELEASES } from "./defaults.js"
import type { DraftedTask } from "./draft-task.js"
import type { UnfoldedHost } from "./hosts.js"
import { keysAt, type LocatedMap, type Path, valueAt } from "./located.js"
import { toClusterPolicy, toJobPolicy } from "./policy.js"
import { parseRelayUrl } from "./relay-url.js"
import type { Partially, WrittenAgent, WrittenCluster } from "./schema.js"
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
  const credentialsFor = credentialsOfHosts(root, lookup)
  const known = new Map(hosts.map(host => [host.name, toHost(host, credentialsFor(host))]))
  const hostOf = ({ name }: UnfoldedHost): Host => known.get(name) as Host
  const regions = keysAt(root, ["regions"]).map((name): Region => {
    const relay = toRelay(name, written, root, lookup)
    return { name, hosts: hosts.filter(host => host.region === name).map(hostOf), ...(relay && { relay }) }
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

/** Hosts of one range share them. */
function credentialsOfHosts(
  root: LocatedMap,
  lookup: Lookup,
): (host: UnfoldedHost) => Credentials | undefined {
  const known = new Map<Path, Credentials | undefined>()
  return ({ path, region }) => {
    if (!known.has(path)) {
      const levels = [[...path, "agent"], ["regions", region, "agent"], ["agent"]]
      known.set(path, toCredentials(levels, root, lookup))
    }
    return known.get(path)
  }
}

function toHost(host: UnfoldedHost, credentials: Credentials | undefined): Host {
  return {
    name: host.name,
    region: host.region,
    address: host.address ?? "",
    labels: { ...host.labels } as Record<string, string>,
    endpoint: toEndpoint(host, credentials),
  }
}

/** A relay is an agent as the others of its region, unless it says otherwise. */
function toRelay(
  region: string,
  written: WrittenCluster,
  root: LocatedMap,
  lookup: Lookup,
): Relay | undefined {
  const said = written.regions[region]?.relay
  if (said === undefined) return undefined
  const { url, fallback = "direct" } = typeof said === "string" ? { url: said } : said
  const address = parseRelayUrl(url)
  if (address === undefined) throw new Error("a URL is used that was not checked before")
  const agent = { ...written.agent, ...written.regions[region]?.agent }
  const own: Path = ["regions", region, "relay"]
  const levels = [[...own], ["regions", region, "agent"], ["agent"]]
  const endpoint = endpointOf(address, agent, toCredentials(levels, root, lookup))
  return { endpoint, fallback }
}

function toEndpoint({ address, agent }: UnfoldedHost, credentials: Credentials | undefined): Endpoint {
  return endpointOf(toAddress(address ?? "", agent.scheme, agent.port), agent, credentials)
}

function endpointOf(
  address: Endpoint["address"],
  agent: Partially<Pick<WrittenAgent, "timeout" | "connectTimeout">>,
  credentials: Credentials | undefined,
): Endpoint {
  const timeout = milliseconds(agent.timeout) ?? AGENT_DEFAULTS.timeout
  const connectTimeout = milliseconds(agent.connectTimeout) ?? AGENT_DEFAULTS.connectTimeout
  return {
    address,
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

/** What the innermost level says, each of the two by itself; `levels` begins with it. */
function toCredentials(levels: readonly Path[], root: LocatedMap, lookup: Lookup): Credentials | undefined {
  const said = (key: string) => {
    for (const level of levels) {
      const agent = valueAt(root, level)
      const found = agent && valueAt(agent, [key])
      if (found?.kind === "scalar" && typeof found.value === "string")
        return resolveSecret(found.value, lookup, [...level, key])
    }
    return undefined
  }
  const [name, secret] = [said("user"), said("password")]
  if (name === undefined || secret === undefined) return undefined
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
