import type { ClusterPolicy, JobPolicy } from "../model/policy.js"
import type { ProcessSettings } from "../model/process-settings.js"

/** What holds for keys that a cluster file leaves out. All defaults of the file stand here. */
export const AGENT_DEFAULTS = {
  scheme: "http",
  /** supervisord's own port in its documentation. */
  port: 9001,
  timeout: 5_000,
  /** At most: a shorter `timeout` shortens it too. */
  connectTimeout: 3_000,
  path: "/RPC2",
} as const

/** supervisord's own defaults, except that signals go to the whole group: no child outlives a program of minos. */
export const PROCESS_DEFAULTS = {
  autorestart: "unexpected",
  startsecs: 1,
  startretries: 3,
  exitcodes: [0],
  stopsignal: "TERM",
  stopwaitsecs: 10,
  stopasgroup: true,
  killasgroup: true,
  logMaxBytes: 50 * 1024 ** 2,
  logBackups: 10,
} as const satisfies Omit<ProcessSettings, "argv" | "env">

export const DEFAULT_INSTANCES = 1

export const DEFAULT_PORT_STEP = 10

/** The first disk of a host. */
export const DEFAULT_DATA: readonly number[] = [0]

export const DEFAULT_FILE_MODE = "0644"

export const DEFAULT_KEEP_RELEASES = 5

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** Of `rollout` at the top, what is for the whole cluster. */
export const DEFAULT_CLUSTER_POLICY: ClusterPolicy = {
  maxParallelRegions: 1,
  progressDeadline: 10 * MINUTE,
  maxFailures: { kind: "count", count: 0 },
  onFailure: "stop",
  gates: [],
}

/** Of a job: its `rollout`, over the one at the top, and its checks, hooks and order. */
export const DEFAULT_JOB_POLICY: JobPolicy = {
  maxParallel: { kind: "count", count: 1 },
  minHealthy: 10 * SECOND,
  healthyDeadline: 5 * MINUTE,
  minAvailable: { kind: "percent", percent: 50 },
  after: [],
  hooks: {},
}

export const CHECK_DEFAULTS = { interval: SECOND, timeout: 3 * SECOND } as const
export const GATE_DEFAULTS = { interval: 10 * SECOND, timeout: 5 * SECOND } as const
export const HOOK_DEFAULTS = { timeout: 300 * SECOND } as const
/** Of an http check and an http gate. */
export const HTTP_DEFAULTS = { path: "/", status: 200 } as const
