import { dirname, resolve } from "node:path"
import { split } from "shlex"
import type { Cluster, Host, Job, Region } from "../model/cluster.js"
import type { Credentials, Endpoint } from "../model/endpoint.js"
import type { JobPolicy } from "../model/policy.js"
import type { ProcessSettings } from "../model/process-settings.js"
import { parseAddress } from "./address.js"
import { AGENT_DEFAULTS, DEFAULT_INSTANCES, DEFAULT_KEEP_RELEASES, PROCESS_DEFAULTS } from "./defaults.js"
import type { UnfoldedHost } from "./hosts.js"
import { jobHostFinder } from "./job-hosts.js"
import { keysAt, type Path, type Source, valueAt } from "./located.js"
import { toClusterPolicy, toJobPolicy } from "./policy.js"
import type { WrittenCluster, WrittenJob } from "./schema.js"
import type { Lookup } from "./secret-lookup.js"
import { resolveSecret, resolveValue } from "./secrets.js"
import { milliseconds, parseSize } from "./units.js"

/** A file that every check found right. */
export interface Checked {
  readonly source: Source
  /** Absolute path of the file. */
  readonly path: string
  readonly written: WrittenCluster
  readonly hosts: readonly UnfoldedHost[]
  readonly lookup: Lookup
}

/** The complete cluster: every default filled in, every range expanded, every secret resolved. */
export function normalize({ source, path, written, hosts, lookup }: Checked): Cluster {
  const regions = keysAt(source.root, ["regions"]).map((name): Region => {
    return {
      name,
      hosts: hosts.filter(host => host.region === name).map(host => toHost(host, source, lookup)),
    }
  })
  const all = regions.flatMap(region => region.hosts)
  const jobs = keysAt(source.root, ["jobs"]).flatMap(name => {
    const job = written.jobs[name]
    return job === undefined ? [] : [toJob(name, job, toJobPolicy(job, written.rollout), all, lookup)]
  })
  const { package: pack } = written
  return {
    file: source.file,
    service: written.service,
    cluster: written.cluster,
    ...(pack !== undefined && { package: { ...pack, file: resolve(dirname(path), pack.file) } }),
    regions,
    jobs,
    policy: toClusterPolicy(written.rollout),
    production: written.production ?? false,
    keepReleases: written.keepReleases ?? DEFAULT_KEEP_RELEASES,
  }
}

function toHost(host: UnfoldedHost, source: Source, lookup: Lookup): Host {
  return {
    name: host.name,
    region: host.region,
    address: host.address ?? "",
    labels: { ...host.labels } as Record<string, string>,
    endpoint: toEndpoint(host, source, lookup),
  }
}

function toEndpoint(host: UnfoldedHost, source: Source, lookup: Lookup): Endpoint {
  const { address, agent } = host
  const timeout = milliseconds(agent.timeout) ?? AGENT_DEFAULTS.timeout
  const connectTimeout = milliseconds(agent.connectTimeout) ?? AGENT_DEFAULTS.connectTimeout
  const credentials = toCredentials(host, source, lookup)
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

function toCredentials(host: UnfoldedHost, { root }: Source, lookup: Lookup): Credentials | undefined {
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

function toJob(name: string, job: WrittenJob, policy: JobPolicy, all: readonly Host[], lookup: Lookup): Job {
  const find = jobHostFinder(all)
  const wanted = new Set(job.hosts.flatMap(pattern => find(pattern).found))
  const hosts = all.filter(host => wanted.has(host.name))
  if (job.program !== undefined) return { kind: "existing", name, hosts, policy, program: job.program }
  return {
    kind: "deployed",
    name,
    hosts,
    policy,
    instances: job.instances ?? DEFAULT_INSTANCES,
    process: toProcess(name, job, lookup),
  }
}

function toProcess(name: string, job: WrittenJob, lookup: Lookup): ProcessSettings {
  const env = Object.entries(job.env ?? {}).map(
    ([key, value]) => [key, resolveValue(value, lookup, ["jobs", name, "env", key])] as const,
  )
  return {
    argv: split(job.command ?? ""),
    env: Object.fromEntries(env),
    autorestart: job.autorestart ?? PROCESS_DEFAULTS.autorestart,
    startsecs: job.startsecs ?? PROCESS_DEFAULTS.startsecs,
    startretries: job.startretries ?? PROCESS_DEFAULTS.startretries,
    exitcodes: job.exitcodes ?? PROCESS_DEFAULTS.exitcodes,
    stopsignal: job.stopsignal ?? PROCESS_DEFAULTS.stopsignal,
    stopwaitsecs: job.stopwaitsecs ?? PROCESS_DEFAULTS.stopwaitsecs,
    stopasgroup: job.stopasgroup ?? PROCESS_DEFAULTS.stopasgroup,
    killasgroup: job.killasgroup ?? PROCESS_DEFAULTS.killasgroup,
    logMaxBytes: bytes(job.logMaxBytes) ?? PROCESS_DEFAULTS.logMaxBytes,
    logBackups: job.logBackups ?? PROCESS_DEFAULTS.logBackups,
  }
}

function bytes(size: string | number | undefined): number | undefined {
  return size === undefined ? undefined : parseSize(size)
}
