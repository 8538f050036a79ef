import fc from "fast-check"
import {
  type ClusterPolicy,
  type Floor,
  HOOK_NAMES,
  type HookName,
  type OnFailure,
  type Share,
} from "../../../src/model/policy.js"
import type { Condition, RolloutVerb } from "../../../src/plan/rollout-plan.js"
import type { Behaviour, World } from "../../support/simulated-rollout.js"
import type { JobSketch, Sketch, TaskSketch } from "./sketch.js"

const NAMES = ["zookeeper", "web", "worker"]
const SECOND = 1_000

const share = (least: number): fc.Arbitrary<Share> =>
  fc.oneof(
    fc.record({ kind: fc.constant("count" as const), count: fc.integer({ min: least, max: 3 }) }),
    fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: least, max: 100 }) }),
  )

// Rather low than high: most runs should have a chance to get far.
const floor: fc.Arbitrary<Floor> = fc.oneof(
  fc.record({ kind: fc.constant("count" as const), count: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant("percent" as const), percent: fc.integer({ min: 0, max: 60 }) }),
  fc.constant<Floor>({ kind: "quorum" }),
)

const seconds = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max }).map(n => n * SECOND)

/** One of some words, each as often as its number says. */
const oneOf = <T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> =>
  fc.oneof(
    ...Object.entries<number>(weights).map(([word, weight]) => ({
      weight,
      arbitrary: fc.constant(word as T),
    })),
  )

const behaviour = (faults: boolean): fc.Arbitrary<TaskSketch> => {
  const rarely = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 15 })
  const away = fc
    .record({
      from: seconds(60),
      lasts: seconds(40, 1),
      how: fc.constantFrom("down" as const, "unknown" as const),
    })
    .map(({ from, lasts, how }) => ({ from, until: from + lasts, how }))
  const good = {
    condition: oneOf<Condition>({ broken: 1, stale: 3, healthy: 3 }),
    planned: fc.integer({ min: 0, max: 9 }).map(n => n < 9),
    takes: seconds(5, 1),
  }
  if (!faults) return fc.record(good)
  return fc
    .record({
      ...good,
      takes: seconds(12, 1),
      change: oneOf<NonNullable<Behaviour["change"]>>({ good: 30, same: 1, fails: 2, refused: 1, lost: 1 }),
      stuck: fc.integer({ min: 0, max: 7 }).map(n => n === 7),
      flapsAfter: rarely(seconds(8)),
      diesAfter: rarely(seconds(20)),
      away: rarely(away).map(away => (away ? [away] : [])),
    })
    .map(task => ({ ...task, before: task.condition === "broken" ? "down" : "healthy" }))
}

const ARGV = { argv: ["./hook.sh"], on: "operator", timeout: 300_000 } as const
const some = <T extends string>(names: readonly T[]) => fc.subarray([...names])

const jobs = (faults: boolean): fc.Arbitrary<readonly JobSketch[]> => {
  const tasks = fc.array(behaviour(faults), { maxLength: 4 })
  const job = (n: number): fc.Arbitrary<JobSketch> =>
    fc.record({
      name: fc.constant(NAMES[n] as string),
      tasks: fc.record({ a: tasks, b: tasks, c: tasks }),
      policy: fc.record({
        maxParallel: share(1),
        minAvailable: floor,
        minHealthy: fc.constant(SECOND),
        healthyDeadline: seconds(15, 5),
        after: some(NAMES.slice(0, n)),
        hooks: some<HookName>(HOOK_NAMES).map(names => Object.fromEntries(names.map(name => [name, ARGV]))),
      }),
    })
  return fc
    .integer({ min: 1, max: 3 })
    .chain(count => fc.tuple(...NAMES.slice(0, count).map((_, n) => job(n))))
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
    .array(fc.tuple(fc.constantFrom(...HOOK_NAMES), calls), { maxLength: 2 })
    .map(failing => Object.fromEntries(failing)),
  hookTakes: fc.constantFrom(0, 0, 0, 4 * SECOND),
  drains: fc.boolean(),
  shutGates: calls,
  gateTakes: fc.constantFrom(0, 20 * SECOND),
  shutBakes: calls,
  answers: fc.array(
    fc.integer({ min: 0, max: 4 }).map(n => n < 4),
    { maxLength: 6 },
  ),
  answerTakes: fc.constantFrom(0, 10 * SECOND),
})

/** Any fleet, any policy, and anything that may happen to them. */
export const anyRollout: fc.Arbitrary<Sketch> = fc.record({
  verb: fc.constantFrom<RolloutVerb>("deploy", "deploy", "rollback", "restart", "start", "stop"),
  policy: clusterPolicy,
  jobs: jobs(true),
  onFailure: fc.constantFrom<OnFailure>("stop", "revert", "pause"),
  world: fc
    .tuple(world, fc.option(seconds(150), { nil: undefined, freq: 2 }))
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
