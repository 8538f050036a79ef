import fc from "fast-check"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../../src/cluster/defaults.js"
import type { Job, Task } from "../../../src/model/cluster.js"
import {
  type ClusterPolicy,
  type Floor,
  HOOK_NAMES,
  type HookName,
  type JobPolicy,
  type OnFailure,
  type Share,
} from "../../../src/model/policy.js"
import {
  type Condition,
  planRollout,
  type RolloutInput,
  type RolloutPlan,
  type RolloutVerb,
} from "../../../src/plan/rollout-plan.js"
import { fakeHost } from "../../support/fleet.js"
import type { Behaviour, World } from "../../support/simulated-rollout.js"

/** A job as a few numbers and words, so that a counterexample can be read. */
export interface JobSketch {
  /** Its tasks in each region, in file order. */
  readonly tasks: Readonly<Record<string, readonly TaskSketch[]>>
  readonly policy: Partial<JobPolicy>
}

export interface TaskSketch extends Behaviour {
  readonly condition: Condition
  /** False: it is right already, and not part of the operation. */
  readonly planned?: boolean
}

export interface Sketch {
  readonly verb: RolloutVerb
  readonly policy: Partial<ClusterPolicy>
  readonly jobs: readonly JobSketch[]
  readonly onFailure: OnFailure
  readonly world: World
}

const REGIONS = ["a", "b", "c"] as const
const NAMES = ["zookeeper", "web", "worker"]
const SECOND = 1_000

const share = (least: number): fc.Arbitrary<Share> =>
  fc.oneof(
    fc.record({ kind: fc.constant("count" as const), count: fc.integer({ min: least, max: 3 }) }),
    fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: least, max: 100 }) }),
  )

const floor: fc.Arbitrary<Floor> = fc.oneof(
  share(0),
  fc.constant<Floor>({ kind: "percent", percent: 50 }),
  fc.constant<Floor>({ kind: "quorum" }),
)

const seconds = (max: number, min = 0): fc.Arbitrary<number> =>
  fc.integer({ min, max }).map(n => n * SECOND)

const behaviour = (faults: boolean): fc.Arbitrary<TaskSketch> => {
  const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 7 })
  const away = fc
    .record({
      from: seconds(60),
      lasts: seconds(40, 1),
      how: fc.constantFrom("down" as const, "unknown" as const),
    })
    .map(({ from, lasts, how }) => ({ from, until: from + lasts, how }))
  const good = {
    condition: fc.constantFrom<Condition>("broken", "stale", "healthy"),
    planned: fc.constantFrom(true, true, true, true, false),
    takes: seconds(5, 1),
  }
  if (!faults) return fc.record(good)
  return fc
    .record({
      ...good,
      takes: seconds(12, 1),
      change: fc.constantFrom(
        ...(["good", "good", "good", "good", "good", "good", "same", "fails", "refused", "lost"] as const),
      ),
      stuck: fc.constantFrom(false, false, false, true),
      flapsAfter: rarely(seconds(8)),
      diesAfter: rarely(seconds(20)),
      away: fc.array(away, { maxLength: 1 }),
    })
    .map(task => ({ ...task, before: task.condition === "broken" ? "down" : "healthy" }))
}

const ARGV = { argv: ["./hook.sh"], on: "operator", timeout: 300_000 } as const
const some = <T extends string>(names: readonly T[]) => fc.subarray([...names])

const jobs = (faults: boolean): fc.Arbitrary<readonly JobSketch[]> => {
  const tasks = fc.array(behaviour(faults), { maxLength: 4 })
  const job = (n: number): fc.Arbitrary<JobSketch> =>
    fc.record({
      tasks: fc.record({ a: tasks, b: tasks, c: tasks }),
      policy: fc.record({
        maxParallel: share(1),
        minAvailable: floor,
        minHealthy: fc.constant(SECOND),
        healthyDeadline: seconds(15, 5),
        after: some(NAMES.slice(0, n)),
        hooks: some<HookName>(HOOK_NAMES).map(names =>
          Object.fromEntries(names.map(name => [name, ARGV])),
        ),
      }),
    })
  return fc.integer({ min: 1, max: 3 }).chain(count => fc.tuple(...NAMES.slice(0, count).map((_, n) => job(n))))
}

const clusterPolicy: fc.Arbitrary<Partial<ClusterPolicy>> = fc.record(
  {
    maxParallelRegions: fc.integer({ min: 1, max: 3 }),
    waves: fc.constantFrom([["b"], ["*"]], [["*"]], [["c", "a"], ["b"]]),
    maxFailures: share(0),
    bake: seconds(10),
    bakeRegion: seconds(10),
    progressDeadline: seconds(60, 20),
  },
  { requiredKeys: ["maxFailures", "maxParallelRegions"] },
)

const calls = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 1 })
const world: fc.Arbitrary<World> = fc.record({
  failingHooks: fc
    .array(fc.tuple(fc.constantFrom(...HOOK_NAMES), calls), { maxLength: 1 })
    .map(failing => Object.fromEntries(failing)),
  hookTakes: fc.constantFrom(0, 0, 4 * SECOND),
  drains: fc.boolean(),
  shutGates: calls,
  gateTakes: fc.constantFrom(0, 20 * SECOND),
  shutBakes: calls,
  answers: fc.array(fc.constantFrom(true, true, false), { maxLength: 3 }),
  answerTakes: fc.constantFrom(0, 10 * SECOND),
})

/** Any fleet, any policy, and anything that may happen to them. */
export const anyRollout: fc.Arbitrary<Sketch> = fc.record({
  verb: fc.constantFrom<RolloutVerb>("deploy", "deploy", "rollback", "restart", "start", "stop"),
  policy: clusterPolicy,
  jobs: jobs(true),
  onFailure: fc.constantFrom<OnFailure>("stop", "revert", "pause"),
  world: fc
    .tuple(world, fc.option(seconds(80), { nil: undefined, freq: 2 }))
    .map(([world, interruptAt]) => (interruptAt === undefined ? world : { ...world, interruptAt })),
})

/** Any fleet and policy, and all goes well. */
export const goodRollout: fc.Arbitrary<Sketch> = fc.record({
  verb: fc.constantFrom<RolloutVerb>("deploy", "rollback", "restart", "start", "stop"),
  policy: clusterPolicy,
  jobs: jobs(false).map(jobs =>
    jobs.map(job => ({
      ...job,
      policy: { ...job.policy, minAvailable: { kind: "count", count: 0 } as const },
    })),
  ),
  onFailure: fc.constantFrom<OnFailure>("stop", "revert", "pause"),
  world: fc.constant({}),
})

/** The plan of a sketch, and the world in which it is carried out. */
export function drawn(sketch: Sketch): {
  readonly input: RolloutInput
  readonly plan: RolloutPlan
  readonly world: World
} {
  const sketchOf = new Map<Task, TaskSketch>()
  const all = sketch.jobs.flatMap(({ tasks, policy }, n) => {
    const name = NAMES[n]!
    const placed = REGIONS.flatMap(region =>
      (tasks[region] ?? []).map((task, i) => ({ task, host: fakeHost(`${name}-${region}${i}`, region) })),
    )
    const job: Job = {
      kind: "existing",
      name,
      hosts: placed.map(({ host }) => host),
      policy: { ...DEFAULT_JOB_POLICY, ...policy },
      program: name,
    }
    return placed.map(({ task, host }, i): Task => {
      const one: Task = { name: `${name}.${i}`, job, host, instance: 0, program: name }
      sketchOf.set(one, task)
      return one
    })
  })
  const input: RolloutInput = {
    verb: sketch.verb,
    tasks: all.filter(task => sketchOf.get(task)?.planned !== false),
    all,
    condition: task => sketchOf.get(task)!.condition,
    policy: { ...DEFAULT_CLUSTER_POLICY, ...sketch.policy },
    jobPolicy: job => job.policy,
    production: false,
  }
  const plan = planRollout(input)
  return { input, plan, world: { behaviour: task => sketchOf.get(task)!, ...sketch.world } }
}
