import {
  DEFAULT_CLUSTER_POLICY,
  DEFAULT_JOB_POLICY,
  DEFAULT_KEEP_RELEASES,
} from "../../src/cluster/defaults.js"
import type { Cluster, DeployedJob, Host, Job, Task } from "../../src/model/cluster.js"
import { type DeployedTask, type Inspection, programName } from "../../src/model/deployment.js"
import type { Check, JobPolicy } from "../../src/model/policy.js"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { PLAIN_RELEASE } from "../../src/model/release.js"

/** A host that nothing listens on, for tests that call nothing. */
export function fakeHost(name: string, region = "east"): Host {
  return {
    name,
    region,
    address: "192.0.2.1",
    labels: {},
    endpoint: {
      address: { kind: "tcp", scheme: "http", host: "192.0.2.1", port: 9001 },
      path: "/RPC2",
      connectTimeout: 1_000,
      timeout: 5_000,
    },
  }
}

/** A task of a job that the supervisor of the host has already. */
export function existingTask(name: string, host: Host, program = "web"): Task {
  const job: Job = {
    kind: "existing",
    name: name.replace(/\.\d+$/, ""),
    hosts: [host],
    policy: DEFAULT_JOB_POLICY,
    program,
  }
  return { name, job, host, instance: 0, program, checks: [] }
}

/** One task on each host: `web.0` on the first, and so on. */
export function tasksOn(hosts: readonly Host[], program = "web"): readonly Task[] {
  const job: Job = { kind: "existing", name: "web", hosts, policy: DEFAULT_JOB_POLICY, program }
  return hosts.map((host, n) => ({ name: `web.${n}`, job, host, instance: 0, program, checks: [] }))
}

/** One task on each host of a job that minos deploys. */
export function deployedTasksOn(hosts: readonly Host[]): readonly Task[] {
  const job: DeployedJob = {
    kind: "deployed",
    name: "web",
    hosts,
    policy: DEFAULT_JOB_POLICY,
  }
  const program = programName({ service: "shop", cluster: "test", job: "web", instance: 0 })
  const release = { process: SETTINGS, ...PLAIN_RELEASE }
  return hosts.map((host, n) => ({
    name: `web.${n}`,
    job,
    host,
    instance: 0,
    program,
    checks: [],
    release,
  }))
}

/** The tasks, with other checks. */
export function withChecks(tasks: readonly Task[], checks: readonly Check[]): readonly Task[] {
  return tasks.map(task => ({ ...task, checks }))
}

/** The tasks of one job, with another policy. */
export function withPolicy(tasks: readonly Task[], policy: Partial<JobPolicy>): readonly Task[] {
  const { job } = tasks[0]!
  const changed: Job = { ...job, policy: { ...job.policy, ...policy } }
  return tasks.map(task => ({ ...task, job: changed }))
}

/** A host's agent as a look finds it, with enough room on its disk. */
export function inspectionOf(given: Partial<Inspection> = {}): Inspection {
  return {
    agent: "1.0.0",
    backend: "embedded",
    now: 1_700_000_000,
    hasPackage: true,
    freeBytes: 1e9,
    tasks: [],
    leftovers: [],
    generations: {},
    ...given,
  }
}

/** A task as an agent keeps it; `kept` are its releases, the current one first, as `ID VERSION`. */
export function deployedAs(kept: readonly string[], given: Partial<DeployedTask> = {}): DeployedTask {
  const releases = kept.map(text => {
    const [release = "", version = ""] = text.split(" ")
    return { release, version }
  })
  const [current, before] = releases
  return {
    job: "web",
    instance: 0,
    release: current!.release,
    version: current!.version,
    previous: before?.release ?? "",
    releases,
    definition: [],
    switches: [],
    ...given,
  }
}

/** The cluster of some tasks. */
export function clusterOf(tasks: readonly Task[]): Cluster {
  const hosts = [...new Set(tasks.map(task => task.host))]
  const regions = [...new Set(hosts.map(host => host.region))]
  return {
    file: "test.yaml",
    service: "shop",
    cluster: "test",
    regions: regions.map(name => ({ name, hosts: hosts.filter(host => host.region === name) })),
    jobs: [...new Set(tasks.map(task => task.job))],
    tasks,
    sources: [],
    files: ["/test.yaml"],
    policy: DEFAULT_CLUSTER_POLICY,
    production: false,
    keepReleases: DEFAULT_KEEP_RELEASES,
  }
}

export const SETTINGS: ProcessSettings = {
  argv: ["node", "server.js"],
  env: {},
  autorestart: "unexpected",
  startsecs: 1,
  startretries: 3,
  exitcodes: [0],
  stopsignal: "TERM",
  stopwaitsecs: 10,
  stopasgroup: false,
  killasgroup: false,
  logMaxBytes: 50_000_000,
  logBackups: 10,
}
