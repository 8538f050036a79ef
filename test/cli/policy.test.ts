import { describe, expect, test } from "vitest"
import { type PolicyFlags, policyFor } from "../../src/cli/policy.js"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../src/cluster/defaults.js"
import type { Cluster } from "../../src/model/cluster.js"
import type { ClusterPolicy, JobPolicy } from "../../src/model/policy.js"
import type { RolloutVerb } from "../../src/plan/rollout-plan.js"
import { clusterOf, fakeHost, tasksOn, withPolicy } from "../support/fleet.js"

const ALL = { kind: "percent", percent: 100 } as const
const count = (n: number) => ({ kind: "count", count: n }) as const
const NO_FILE = {}

/** What is expected of the whole; what a row leaves out is as in the file. */
type Row = readonly [
  name: string,
  verb: RolloutVerb,
  file: Partial<ClusterPolicy & JobPolicy>,
  flags: PolicyFlags,
  policy: Partial<ClusterPolicy>,
  jobPolicy: Partial<JobPolicy>,
]

const AT_ONCE = { waves: [["*"]], maxParallelRegions: 2, maxFailures: ALL, bake: 0, bakeRegion: 0 }

describe("the policy of a run", () => {
  test.each<Row>([
    ["a deploy by an empty file has the defaults", "deploy", NO_FILE, {}, {}, {}],
    ["so has a restart", "restart", NO_FILE, {}, {}, {}],
    ["so has a rollback", "rollback", NO_FILE, {}, {}, {}],
    [
      "the file is obeyed",
      "deploy",
      { maxParallelRegions: 3, maxFailures: count(2), bake: 1_000, minHealthy: 500, maxParallel: count(4) },
      {},
      { maxParallelRegions: 3, maxFailures: count(2), bake: 1_000 },
      { minHealthy: 500, maxParallel: count(4) },
    ],
    [
      "flags are above the file",
      "deploy",
      { maxFailures: count(2), bake: 1_000, onFailure: "pause", minHealthy: 500, maxParallel: count(4) },
      {
        "max-failures": count(7),
        bake: 2_000,
        "bake-region": 3_000,
        "on-failure": "revert",
        parallel: { kind: "percent", percent: 25 },
        "min-healthy": 700,
        deadline: 9_000,
        "min-available": { kind: "quorum" },
      },
      { maxFailures: count(7), bake: 2_000, bakeRegion: 3_000, onFailure: "revert" },
      {
        maxParallel: { kind: "percent", percent: 25 },
        minHealthy: 700,
        healthyDeadline: 9_000,
        minAvailable: { kind: "quorum" },
      },
    ],
    ["a flag of nothing at all is still a flag", "deploy", { bake: 1_000 }, { bake: 0 }, { bake: 0 }, {}],
    [
      "--fast watches nothing",
      "deploy",
      { bake: 1_000, bakeRegion: 1_000 },
      { fast: true, reason: "an outage" },
      { bake: 0, bakeRegion: 0 },
      {},
    ],
    ["a reason alone changes nothing", "deploy", { bake: 1_000 }, { reason: "why not" }, { bake: 1_000 }, {}],
    ["a start goes to all at once", "start", NO_FILE, {}, AT_ONCE, { maxParallel: ALL }],
    ["a stop goes to all at once", "stop", NO_FILE, {}, AT_ONCE, { maxParallel: ALL }],
    [
      "a stop goes to all at once, whatever the file says of changes",
      "stop",
      {
        waves: [["a"], ["b"]],
        maxParallelRegions: 1,
        maxFailures: count(0),
        maxParallel: count(1),
        bake: 1_000,
        bakeRegion: 1_000,
      },
      {},
      AT_ONCE,
      { maxParallel: ALL },
    ],
    [
      "a stop goes as flags say",
      "stop",
      NO_FILE,
      { parallel: count(1), "max-failures": count(0) },
      { ...AT_ONCE, maxFailures: count(0) },
      { maxParallel: count(1) },
    ],
    [
      "a start waits as long as the file says",
      "start",
      { minHealthy: 700, healthyDeadline: 9_000 },
      {},
      AT_ONCE,
      { maxParallel: ALL, minHealthy: 700, healthyDeadline: 9_000 },
    ],
  ])("%s", (_, verb, file, flags, policy, jobPolicy) => {
    const cluster = clusterWith(file)
    const run = policyFor(verb, cluster, flags)
    expect(run.policy).toEqual({ ...cluster.policy, ...policy })
    expect(run.jobPolicy(cluster.jobs[0]!)).toEqual({ ...cluster.jobs[0]!.policy, ...jobPolicy })
  })

  test("each job has its own, and the flags are above all of them", () => {
    const web = clusterWith({ maxParallel: count(2), minHealthy: 500 }).jobs[0]!
    const cache = { ...clusterWith({ maxParallel: count(5), minHealthy: 900 }).jobs[0]!, name: "cache" }
    const { jobPolicy } = policyFor(
      "deploy",
      { ...clusterWith({}), jobs: [web, cache] },
      { "min-healthy": 600 },
    )
    expect([web, cache].map(job => jobPolicy(job).maxParallel)).toEqual([count(2), count(5)])
    expect([web, cache].map(job => jobPolicy(job).minHealthy)).toEqual([600, 600])
  })
})

describe("flags that cannot be", () => {
  test.each<[string, Partial<JobPolicy>, PolicyFlags, string]>([
    ["--fast without a reason", {}, { fast: true }, "--reason"],
    ["as long to be healthy as to become so", {}, { "min-healthy": 5_000, deadline: 5_000 }, "--min-healthy"],
    ["a deadline below what the file asks for", { minHealthy: 10_000 }, { deadline: 5_000 }, "--min-healthy"],
    ["a deadline as long as the file's progressDeadline", {}, { deadline: 600_000 }, "progressDeadline"],
    [
      "longer to be healthy than the file's deadline",
      { healthyDeadline: 20_000 },
      { "min-healthy": 30_000 },
      "--min-healthy",
    ],
  ])("%s", (_, file, flags, words) => {
    expect(() => policyFor("deploy", clusterWith(file), flags)).toThrow(words)
    expect(() => policyFor("deploy", clusterWith(file), flags)).toThrow(
      expect.objectContaining({ code: "USAGE", exitCode: 2 }),
    )
  })
})

/** A cluster of two regions with one job. */
function clusterWith(file: Partial<ClusterPolicy & JobPolicy>): Cluster {
  const inPolicy = (name: string): boolean => name in DEFAULT_JOB_POLICY
  const part = (isJobs: boolean) =>
    Object.fromEntries(Object.entries(file).filter(([name]) => inPolicy(name) === isJobs))
  const tasks = withPolicy(tasksOn([fakeHost("a-1", "a"), fakeHost("b-1", "b")]), part(true))
  return { ...clusterOf(tasks), policy: { ...DEFAULT_CLUSTER_POLICY, ...part(false) } }
}
