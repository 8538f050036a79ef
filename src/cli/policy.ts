import type { Cluster, Job } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import type { ClusterPolicy, Floor, JobPolicy, OnFailure, Share } from "../model/policy.js"
import type { RolloutVerb } from "../plan/rollout-plan.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** What the flags say of the policy; what is absent is left to the cluster file. */
export interface PolicyFlags {
  readonly parallel?: Share | undefined
  readonly "min-healthy"?: number | undefined
  readonly deadline?: number | undefined
  readonly "max-failures"?: Share | undefined
  readonly "min-available"?: Floor | undefined
  readonly bake?: number | undefined
  readonly "bake-region"?: number | undefined
  readonly "on-failure"?: string | undefined
  readonly fast?: boolean | undefined
  readonly reason?: string | undefined
}

/** The policy of one run. */
export interface RunPolicy {
  readonly policy: ClusterPolicy
  readonly jobPolicy: (job: Job) => JobPolicy
}

const ALL: Share = { kind: "percent", percent: 100 }

/**
 * The policy of the file, overridden by flags. Starts and stops go to all tasks at once unless a flag says otherwise: whoever
 * stops a service wants it stopped, and what is down loses nothing by being started.
 */
export function policyFor(verb: RolloutVerb, cluster: Cluster, flags: PolicyFlags): RunPolicy {
  if (flags.fast && flags.reason === undefined)
    throw usage("--fast needs --reason TEXT", "say why nobody watches, it stands in the report")
  const all = verb === "start" || verb === "stop"
  const still = flags.fast || all ? { bake: 0, bakeRegion: 0 } : {}
  const policy: ClusterPolicy = {
    ...cluster.policy,
    ...(all ? { waves: [["*"]], maxParallelRegions: cluster.regions.length, maxFailures: ALL } : {}),
    ...still,
    ...(flags.bake === undefined ? {} : { bake: flags.bake }),
    ...(flags["bake-region"] === undefined ? {} : { bakeRegion: flags["bake-region"] }),
    ...(flags["max-failures"] === undefined ? {} : { maxFailures: flags["max-failures"] }),
    ...(flags["on-failure"] === undefined ? {} : { onFailure: flags["on-failure"] as OnFailure }),
  }
  const jobPolicy = (job: Job): JobPolicy => {
    const own: JobPolicy = {
      ...job.policy,
      ...(all ? { maxParallel: ALL } : {}),
      ...(flags.parallel === undefined ? {} : { maxParallel: flags.parallel }),
      ...(flags["min-healthy"] === undefined ? {} : { minHealthy: flags["min-healthy"] }),
      ...(flags.deadline === undefined ? {} : { healthyDeadline: flags.deadline }),
      ...(flags["min-available"] === undefined ? {} : { minAvailable: flags["min-available"] }),
    }
    if (own.minHealthy >= own.healthyDeadline)
      throw usage("--min-healthy must be shorter than --deadline, or no task can ever be healthy")
    if (own.healthyDeadline >= policy.progressDeadline)
      throw usage(
        "--deadline must be shorter than the progressDeadline of the cluster file, or one slow task ends the run",
        `it is ${policy.progressDeadline / 1_000} s there`,
      )
    return own
  }
  for (const job of cluster.jobs) jobPolicy(job)
  return { policy, jobPolicy }
}

function usage(message: string, hint?: string): MinosError {
  return new MinosError("USAGE", message, {
    ...(hint === undefined ? {} : { hint }),
    exitCode: EXIT_CODES.usage.code,
  })
}
