import type { Text } from "./text.js"

/** A number of tasks, or a share of them. Rounding belongs to its use: shares round down to at least 1, floors up. */
export type Share =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "percent"; readonly percent: number }

/** How many tasks must stay healthy. `quorum`: floor(n/2)+1 over all regions. */
export type Floor = Share | { readonly kind: "quorum" }

/** How a rolling change goes through a whole cluster. Times are milliseconds. */
export interface ClusterPolicy {
  /** Regions changed side by side, over all jobs. */
  readonly maxParallelRegions: number
  /** Waves as lists of region names, `*` for all that are left; absent: a canary, the rest of its region, then each region. */
  readonly waves?: readonly (readonly string[])[] | undefined
  /** The run stops when nothing became healthy for this long. */
  readonly progressDeadline: number
  /** Tasks of the operation that may fail before it stops. */
  readonly maxFailures: Share
  /** Health is watched this long after the canary; absent: the verb decides. */
  readonly bake?: number | undefined
  /** Health is watched this long after the last task of a region; absent: the verb decides. */
  readonly bakeRegion?: number | undefined
  readonly onFailure: OnFailure
  /** Asked before each wave but the first, and during a bake. */
  readonly gates: readonly Gate[]
}

export type OnFailure = "stop" | "revert" | "pause"

/** How the tasks of one job are changed. Times are milliseconds. */
export interface JobPolicy {
  /** Tasks of the job changed at once in a region. */
  readonly maxParallel: Share
  /** RUNNING with one pid and start time, and passing its checks, for this long. */
  readonly minHealthy: number
  /** What a task may take to become healthy. */
  readonly healthyDeadline: number
  /** Never fewer healthy tasks than this by our own hand, a region (or, for `quorum`, over all). */
  readonly minAvailable: Floor
  /** Jobs that must be healthy before this one begins. */
  readonly after: readonly string[]
  readonly hooks: Readonly<Partial<Record<HookName, Hook>>>
}

/** What must hold for a task besides that its processes run; passes after 2 successes in a row. */
export type Check = CheckTiming &
  (
    | {
        readonly kind: "http"
        /** On the task's host, from the operator's machine. */
        readonly port: number
        readonly path: string
        readonly status: number
        /** Text that the body must hold. */
        readonly body?: string | undefined
      }
    | { readonly kind: "tcp"; readonly port: number }
    /** Only that the supervisor says RUNNING. */
    | { readonly kind: "rpc" }
    /** A command on the host, inside the release: by the agent, exit status 0. */
    | { readonly kind: "cmd"; readonly argv: readonly Text[] }
  )

export interface CheckTiming {
  readonly interval: number
  readonly timeout: number
}

export const HOOK_NAMES = [
  "preDeploy",
  "preWave",
  "preTask",
  "postTask",
  "postWave",
  "postDeploy",
  "onFailure",
  "onFinish",
] as const

export type HookName = (typeof HOOK_NAMES)[number]

/** A command run at a step of a rollout, with JSON on its standard input and MINOS_* in its environment. */
export interface Hook {
  readonly argv: readonly string[]
  /** `agent` only for task hooks: on the host, inside the release. */
  readonly on: "operator" | "agent"
  readonly timeout: number
}

/** A question asked before a wave: 3 passes in a row open it, 2 failures in a row shut it. */
export type Gate = GateTiming &
  (
    | { readonly kind: "confirm"; readonly question: string }
    | { readonly kind: "cmd"; readonly argv: readonly string[] }
    | {
        readonly kind: "http"
        readonly url: string
        readonly status: number
        readonly body?: string | undefined
      }
  )

export interface GateTiming {
  readonly interval: number
  readonly timeout: number
}

/** How many tasks a share means among `total`: rounded down, at least 1. */
export function shareOf(share: Share, total: number): number {
  if (share.kind === "count") return share.count
  return Math.max(1, Math.floor((total * share.percent) / 100))
}

/** How many failures a budget allows among `total` tasks: rounded down, and 0% is none. */
export function budgetOf(share: Share, total: number): number {
  return share.kind === "count" ? share.count : Math.floor((total * share.percent) / 100)
}

/** How many of `total` tasks must stay healthy: rounded up. A job of one task is exempt, or it could never be changed. */
export function floorOf(floor: Floor, total: number): number {
  if (total <= 1) return 0
  switch (floor.kind) {
    case "quorum":
      return Math.floor(total / 2) + 1
    case "count":
      return Math.min(floor.count, total)
    case "percent":
      return Math.ceil((total * floor.percent) / 100)
  }
}
