import { split } from "shlex"
import {
  type Check,
  type ClusterPolicy,
  type Gate,
  HOOK_NAMES,
  type Hook,
  type HookName,
  type JobPolicy,
} from "../model/policy.js"
import {
  CHECK_DEFAULTS,
  DEFAULT_CLUSTER_POLICY,
  DEFAULT_JOB_POLICY,
  GATE_DEFAULTS,
  HOOK_DEFAULTS,
  HTTP_DEFAULTS,
} from "./defaults.js"
import type { WrittenJob } from "./schema.js"
import type { WrittenCheck, WrittenClusterRollout, WrittenGate, WrittenHook } from "./schema-rollout.js"
import { milliseconds, parseFloor, parseShare } from "./units.js"
import { commandWords } from "./variables/texts.js"

/** How a change goes through the cluster; `rollout` is the one at the top, already checked. */
export function toClusterPolicy(rollout: WrittenClusterRollout = {}): ClusterPolicy {
  const bake = milliseconds(rollout.bake)
  const bakeRegion = milliseconds(rollout.bakeRegion)
  return {
    maxParallelRegions: rollout.maxParallelRegions ?? DEFAULT_CLUSTER_POLICY.maxParallelRegions,
    ...(rollout.waves !== undefined && { waves: rollout.waves }),
    progressDeadline: milliseconds(rollout.progressDeadline) ?? DEFAULT_CLUSTER_POLICY.progressDeadline,
    maxFailures: ifGiven(rollout.maxFailures, parseShare) ?? DEFAULT_CLUSTER_POLICY.maxFailures,
    ...(bake !== undefined && { bake }),
    ...(bakeRegion !== undefined && { bakeRegion }),
    onFailure: rollout.onFailure ?? DEFAULT_CLUSTER_POLICY.onFailure,
    gates: rollout.gates?.map(toGate) ?? DEFAULT_CLUSTER_POLICY.gates,
  }
}

/** How the tasks of a job are changed: its own `rollout` over the one at the top, both already checked. */
export function toJobPolicy(job: WrittenJob, top: WrittenClusterRollout = {}): JobPolicy {
  const rollout = { ...top, ...job.rollout }
  return {
    maxParallel: ifGiven(rollout.maxParallel, parseShare) ?? DEFAULT_JOB_POLICY.maxParallel,
    minHealthy: milliseconds(rollout.minHealthy) ?? DEFAULT_JOB_POLICY.minHealthy,
    healthyDeadline: milliseconds(rollout.healthyDeadline) ?? DEFAULT_JOB_POLICY.healthyDeadline,
    minAvailable: ifGiven(rollout.minAvailable, parseFloor) ?? DEFAULT_JOB_POLICY.minAvailable,
    after: job.after === undefined ? DEFAULT_JOB_POLICY.after : [...new Set(job.after)],
    hooks: toHooks(job),
  }
}

/** When a task works; its variables are in. */
export function toChecks(checks: WrittenJob["checks"]): readonly Check[] {
  return checks?.map(toCheck) ?? []
}

function toCheck(check: WrittenCheck): Check {
  const timing = toTiming(check, CHECK_DEFAULTS)
  if (check.http !== undefined) {
    const { port, path = HTTP_DEFAULTS.path } = check.http
    return { ...timing, kind: "http", port, path, ...toAnswer(check.http) }
  }
  if (check.tcp !== undefined) return { ...timing, kind: "tcp", port: check.tcp.port }
  if (check.cmd !== undefined) return { ...timing, kind: "cmd", argv: commandWords(check.cmd) }
  return { ...timing, kind: "rpc" }
}

function toGate(gate: WrittenGate): Gate {
  const timing = toTiming(gate, GATE_DEFAULTS)
  if (gate.http !== undefined) return { ...timing, kind: "http", url: gate.http.url, ...toAnswer(gate.http) }
  if (gate.cmd !== undefined) return { ...timing, kind: "cmd", argv: split(gate.cmd) }
  return { ...timing, kind: "confirm", question: gate.confirm ?? "" }
}

interface WrittenAnswer {
  readonly status?: number | undefined
  readonly body?: string | undefined
}

function toAnswer({ status = HTTP_DEFAULTS.status, body }: WrittenAnswer) {
  return { status, ...(body !== undefined && { body }) }
}

interface Timing {
  readonly interval: number
  readonly timeout: number
}

function toTiming(written: WrittenCheck | WrittenGate, defaults: Timing): Timing {
  return {
    interval: milliseconds(written.interval) ?? defaults.interval,
    timeout: milliseconds(written.timeout) ?? defaults.timeout,
  }
}

function toHooks(job: WrittenJob): JobPolicy["hooks"] {
  const deployed = job.command !== undefined
  const hooks = HOOK_NAMES.flatMap(name => {
    const hook = job.hooks?.[name]
    return hook === undefined ? [] : [[name, toHook(name, hook, deployed)] as const]
  })
  return Object.fromEntries(hooks)
}

function toHook(name: HookName, written: WrittenHook, deployed: boolean): Hook {
  const hook = typeof written === "string" ? { command: written } : written
  return {
    argv: split(hook.command),
    on: hook.on ?? (deployed && isTaskHook(name) ? "agent" : "operator"),
    timeout: milliseconds(hook.timeout) ?? HOOK_DEFAULTS.timeout,
  }
}

/** Hooks that run once for each task, so they can run beside it. */
export function isTaskHook(name: HookName): boolean {
  return name === "preTask" || name === "postTask"
}

function ifGiven<T>(
  written: string | number | undefined,
  parse: (written: string | number) => T,
): T | undefined {
  return written === undefined ? undefined : parse(written)
}
