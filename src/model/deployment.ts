import type { Release } from "./release.js"

/** Which task of which cluster, as an agent files it. */
export interface TaskKey {
  readonly service: string
  readonly cluster: string
  readonly job: string
  /** The N-th copy of the job on the host, from 0. */
  readonly instance: number
}

/** What every call that changes something carries. */
export interface OperationHead {
  /** The same id again is answered with the same operation, never executed again. */
  readonly op: string
  /** Epoch seconds on the agent's clock, after which the call is refused. */
  readonly notAfter: number
}

/** Makes a release on the disk of a host, from a package that is there. Touches no process. */
export interface PrepareRequest extends OperationHead, TaskKey {
  /** The task's name in the cluster, `web.3`. */
  readonly task: string
  readonly host: string
  readonly region: string
  readonly release: Release
}

/** Stops a task, switches it to a release that was prepared, and starts it. */
export interface ActivateRequest extends OperationHead, TaskKey {
  readonly release: string
}

/** What an agent tells before a deploy. */
export interface Inspection {
  /** The agent's version. */
  readonly agent: string
  readonly backend: string
  /** Epoch seconds on the agent's clock. */
  readonly now: number
  /** The package is in the agent's store. */
  readonly hasPackage: boolean
  /** Bytes free on the disk of the agent's root. */
  readonly freeBytes: number
  /** The tasks of the service and cluster that have a release here. */
  readonly tasks: readonly DeployedTask[]
}

export interface DeployedTask {
  readonly job: string
  readonly instance: number
  /** Id of the current release. */
  readonly release: string
  readonly version: string
}

/** How far an operation on an agent has come. */
export interface OperationState {
  readonly op: string
  readonly state: "running" | "done" | "failed"
  /** What it does, or did last. */
  readonly step: string
  /** Why it failed, else "". */
  readonly message: string
}

/** Faults of `deployment.*`, above supervisord's codes. */
export const DEPLOYMENT_FAULT = {
  /** The call came after its `notAfter`; it was not executed. */
  EXPIRED: 200,
  /** The operation id is known with other arguments; nothing was executed. */
  CONFLICT: 201,
  UNKNOWN_OPERATION: 202,
  /** What the call needs is not here: the package, the release. */
  PRECONDITION: 203,
} as const

/** The name under which a supervisor knows a deployed task. */
export function programName({ service, cluster, job, instance }: TaskKey): string {
  return `${service}.${cluster}.${job}.${instance}`
}
