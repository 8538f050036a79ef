import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../../src/cluster/defaults.js"
import type { Job, Task } from "../../../src/model/cluster.js"
import type { ClusterPolicy, JobPolicy, OnFailure } from "../../../src/model/policy.js"
import {
  type Condition,
  planRollout,
  type RolloutInput,
  type RolloutPlan,
  type RolloutVerb,
} from "../../../src/plan/rollout-plan.js"
import { fakeHost } from "../../support/fleet.js"
import {
  type Behaviour,
  type Simulated,
  simulateRollout,
  type World,
} from "../../support/simulated-rollout.js"

/** A rollout and its world in a few words, so that a test and a counterexample can be read. */
export interface Sketch {
  readonly verb?: RolloutVerb
  readonly policy?: Partial<ClusterPolicy>
  readonly jobs: readonly JobSketch[]
  readonly onFailure?: OnFailure
  readonly world?: World
}

export interface JobSketch {
  readonly name: string
  /** Its tasks in each region, in file order. */
  readonly tasks: Readonly<Record<string, readonly TaskSketch[]>>
  readonly policy?: Partial<JobPolicy>
}

export interface TaskSketch extends Behaviour {
  readonly condition?: Condition
  /** False: it is right already, and not part of the operation. */
  readonly planned?: boolean
}

/** What a sketch is of. */
export interface Drawn {
  readonly input: RolloutInput
  readonly plan: RolloutPlan
  readonly world: World
}

export function drawn({ verb = "deploy", policy, jobs, world }: Sketch): Drawn {
  const sketches = new Map<Task, TaskSketch>(jobs.flatMap(drawnJob))
  const sketchOf = (task: Task): TaskSketch => sketches.get(task) as TaskSketch
  const all = [...sketches.keys()]
  const input: RolloutInput = {
    verb,
    tasks: all.filter(task => sketchOf(task).planned !== false),
    all,
    condition: task => sketchOf(task).condition ?? "stale",
    policy: { ...DEFAULT_CLUSTER_POLICY, ...policy },
    jobPolicy: job => job.policy,
    production: false,
  }
  return { input, plan: planRollout(input), world: { behaviour: sketchOf, ...world } }
}

/** Carries out what a sketch is of. */
export async function play(
  sketch: Sketch,
): Promise<Simulated & { readonly plan: RolloutPlan; readonly input: RolloutInput }> {
  const { input, plan, world } = drawn(sketch)
  return { ...(await simulateRollout(plan, sketch.onFailure ?? "stop", world)), plan, input }
}

function drawnJob({ name, tasks, policy }: JobSketch): readonly (readonly [Task, TaskSketch])[] {
  const placed = Object.entries(tasks).flatMap(([region, sketches]) =>
    sketches.map((sketch, n) => ({ sketch, host: fakeHost(`${name}-${region}-${n}`, region) })),
  )
  const job: Job = {
    kind: "existing",
    name,
    hosts: placed.map(({ host }) => host),
    policy: { ...DEFAULT_JOB_POLICY, ...policy },
    program: name,
  }
  return placed.map(({ sketch, host }, n) => [
    { name: `${name}.${n}`, job, host, instance: 0, program: name, checks: [] },
    sketch,
  ])
}
