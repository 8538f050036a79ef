import type { Endpoint } from "./endpoint.js"
import type { Check, ClusterPolicy, JobPolicy } from "./policy.js"
import type { ReleaseParts } from "./release.js"

/** One cluster of one service, complete: every default filled in, every range expanded, every secret resolved. */
export interface Cluster {
  /** The file it was read from, as the operator named it. */
  readonly file: string
  readonly service: string
  readonly cluster: string
  /** Present when some job is deployed by minos. */
  readonly package?: PackageSource
  /** In the order of the file. */
  readonly regions: readonly Region[]
  /** In the order of the file. */
  readonly jobs: readonly Job[]
  /** All of them in the order of the file: jobs, then each job's hosts, then instances. */
  readonly tasks: readonly Task[]
  /** The files of this machine that its releases bring as they are. */
  readonly sources: readonly SourceBlob[]
  /** All files that the cluster file was put together from, itself first, by their absolute paths. */
  readonly files: readonly string[]
  readonly policy: ClusterPolicy
  /** Changes are confirmed by typing the cluster's name, and bakes are long. */
  readonly production: boolean
  /** Releases kept on a host for each task, beside the current one and the one before. */
  readonly keepReleases: number
}

/** A file of the operator's machine that goes into releases byte for byte. */
export interface SourceBlob {
  /** Absolute. */
  readonly path: string
  readonly sha256: string
  /** Bytes. */
  readonly size: number
}

export interface PackageSource {
  readonly name: string
  readonly version: string
  /** Absolute path of the .tar.gz on the operator's machine. */
  readonly file: string
}

export interface Region {
  readonly name: string
  readonly hosts: readonly Host[]
  /** Absent: its hosts are called from the operator's machine. */
  readonly relay?: Relay
}

/** An agent of a region that calls the hosts there for the operator. */
export interface Relay {
  readonly endpoint: Endpoint
  /** What happens to calls that it does not carry: they go from the operator's machine, or fail. */
  readonly fallback: "direct" | "none"
}

export interface Host {
  /** Unique in the cluster. */
  readonly name: string
  readonly region: string
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
  readonly endpoint: Endpoint
}

/** A role in the service. */
export type Job = DeployedJob | ExistingJob

/** A job whose releases minos puts on the hosts; needs an agent there. */
export interface DeployedJob {
  readonly kind: "deployed"
  readonly name: string
  readonly hosts: readonly Host[]
  readonly policy: JobPolicy
}

/** A job that the supervisor of each host already knows. */
export interface ExistingJob {
  readonly kind: "existing"
  readonly name: string
  readonly hosts: readonly Host[]
  readonly policy: JobPolicy
  /** Supervisor's name for it: `program`, `group:program` or `group:*`. */
  readonly program: string
}

/** One instance of a job on one host. */
export interface Task {
  /** `job.N`, unique in the cluster; N counts over the job's hosts in file order. */
  readonly name: string
  readonly job: Job
  readonly host: Host
  /** The N-th copy of the job on this host, from 0. */
  readonly instance: number
  /** Supervisor's name for its process or processes: `program`, `group:program` or `group:*`. */
  readonly program: string
  /** What must hold besides that its processes run. */
  readonly checks: readonly Check[]
  /** What is deployed beside the package; absent for a job that the supervisor already knows. */
  readonly release?: TaskRelease
}

/** All of a task's release but its package, which is the same for all tasks. */
export type TaskRelease = Omit<ReleaseParts, "package">
