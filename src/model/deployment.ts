import type { Release } from "./release.js"
import type { Text } from "./text.js"

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
  /** How often the program had been changed when the caller looked at it; when that is another number now, the call is refused. */
  readonly ifGeneration: number
}

/** A head as it goes over the wire. */
export interface SentHead extends OperationHead {
  /** sha256 in hex of the rest of the request: the same id must come with the same again. */
  readonly argsHash: string
}

/** An `ifGeneration` for a caller that does not mind what happened since it looked. */
export const ANY_GENERATION = -1

/** How many releases of a task stay on disk. */
export interface Keep {
  /** 1 to 100 in all. The current one, the one before and the one prepared last stay whatever this says. */
  readonly keep: number
}

/** Makes a release on the disk of a host, from a package that is there. Touches no process. */
export interface PrepareRequest extends OperationHead, TaskKey, Keep {
  /** The task's name in the cluster, `web.3`. */
  readonly task: string
  readonly host: string
  readonly region: string
  readonly release: Release
  /** How it runs the program, a setting a line without secrets; told back by `inspect` for a later plan. */
  readonly definition: readonly string[]
}

/** Stops a task, switches it to a release that was prepared, and starts it. */
export interface ActivateRequest extends OperationHead, TaskKey, Keep {
  readonly release: string
  /** The bootstrap of the release runs even where data is there, or it ran before; else once, over empty folders. */
  readonly bootstrap?: "again"
}

export type ControlAction = "start" | "stop" | "restart"

/** Starts, stops or restarts what a supervisor knows under a name: one operation, so that no restart ends with a stop. */
export interface ControlRequest extends OperationHead {
  /** Whose task it is: the cluster that the run holds the lease of. */
  readonly service: string
  readonly cluster: string
  /** `program`, `group:program` or `group:*`. */
  readonly program: string
  readonly action: ControlAction
}

/** What a caller wants to know before it changes a program. */
export interface ProgramGeneration {
  /** Epoch seconds on the agent's clock. */
  readonly now: number
  /** How often the program was changed. */
  readonly generation: number
}

/** Stops a task and takes it off the host; one that is not there is no error. */
export interface RemoveRequest extends OperationHead, TaskKey {
  /** Its data, logs and history go too; else only what a deploy can bring back. */
  readonly data: boolean
}

/** Runs a command inside the current release of a task, which by contract changes nothing. */
export interface ProbeRequest extends TaskKey {
  readonly argv: readonly Text[]
  /** Seconds until it is ended, above 0, at most 60. */
  readonly timeout: number
}

/** What a probe found. */
export interface ProbeAnswer {
  readonly ok: boolean
  /** One line, safe to print: `exit status 3: "the pool is full"`. */
  readonly said: string
}

/** Runs a command of a rollout inside the current release of a task. */
export interface HookRequest extends OperationHead, TaskKey {
  /** Which hook, for the history: `preTask`. */
  readonly name: string
  readonly argv: readonly string[]
  /** Stands above what the release sets. */
  readonly env: Readonly<Record<string, string>>
  /** A JSON document, which the command gets on its standard input as one line. */
  readonly input: string
  /** Seconds until it is ended with all that it started, above 0, at most 86,400. */
  readonly timeout: number
}

/** What `inspect` is asked to look for besides. */
export interface InspectWishes {
  /** Users that releases name. */
  readonly users: readonly string[]
}

/** What an agent tells before a deploy. */
export interface Inspection {
  /** The agent's version. */
  readonly agent: string
  readonly backend: string
  /** Epoch seconds on the agent's clock, which only grows: what `notAfter` counts on. */
  readonly now: number
  /** Epoch seconds on the host's clock, which may jump; absent with older agents. */
  readonly clock?: number
  /** The package is in the agent's store. */
  readonly hasPackage: boolean
  /** Bytes free on the disk of the agent's root. */
  readonly freeBytes: number
  /** The tasks of the service and cluster that have a release here. */
  readonly tasks: readonly DeployedTask[]
  /** Its tasks that have a folder here, and no current release that can be read. */
  readonly leftovers: readonly Leftover[]
  /** How often each program of the cluster was changed; one that is not named never was. */
  readonly generations: Readonly<Record<string, number>>
  /** Of the users that were asked for, those that the host has not. This and what follows is absent with older agents. */
  readonly unknownUsers?: readonly string[]
  /** Of those, the ones that it has and the agent cannot become, because it is not root. */
  readonly foreignUsers?: readonly string[]
  /** How many data disks it has, at least 1. */
  readonly dataFolders?: number
  readonly isRoot?: boolean
}

export interface DeployedTask {
  readonly job: string
  readonly instance: number
  /** Id of the current release. */
  readonly release: string
  readonly version: string
  /** Id of the release that was current before this one; "" when there was none, or it is gone. */
  readonly previous: string
  /** What is on disk, the current one first, then the newest use first. */
  readonly releases: readonly KeptRelease[]
  /** How the current release runs its program, as the client that prepared it wrote it down: a setting a line. */
  readonly definition: readonly string[]
  /** The last switches of this task, newest first. */
  readonly switches: readonly Switch[]
  /** Pid of its process that runs without its supervisor; 0 when none is known, absent with older agents. */
  readonly orphan?: number
}

/** An operation that switched a task. */
export interface Switch {
  readonly op: string
  /** Id of the release before it; "" when there was none. */
  readonly from: string
}

/** A release on the disk of a host. */
export interface KeptRelease {
  readonly release: string
  readonly version: string
}

/** What a task left behind: data, logs, or a release that was prepared and never ran. */
export interface Leftover {
  readonly job: string
  readonly instance: number
}

/** How far an operation on an agent has come. */
export interface OperationState {
  readonly op: string
  readonly state: "running" | "done" | "failed"
  /** What it does, or did last. */
  readonly step: string
  /** Why it failed, else "". */
  readonly message: string
  /** How often its program was changed, this operation counted. */
  readonly generation: number
}

/** Faults of `deployment.*`, above supervisord's codes. */
export const DEPLOYMENT_FAULT = {
  /** The call came after its `notAfter`; it was not executed. */
  EXPIRED: 200,
  /** The operation id is known with other arguments; nothing was executed. */
  CONFLICT: 201,
  UNKNOWN_OPERATION: 202,
  /** What the call needs is not here: the package, the release, the script that runs commands in it. */
  PRECONDITION: 203,
  /** The task was changed since the caller looked at it; nothing was executed. */
  STALE: 204,
  /** Another run holds the cluster's lease; nothing was executed. */
  LOCKED: 205,
  /** The audit could not be written, so nothing was executed. */
  UNAUDITED: 206,
} as const

/** The name under which a supervisor knows a deployed task. */
export function programName({ service, cluster, job, instance }: TaskKey): string {
  return `${service}.${cluster}.${job}.${instance}`
}
