import pLimit from "p-limit"
import type { Task } from "../../model/cluster.js"
import type { FloorGroup, JobRollout } from "../../plan/rollout-plan.js"
import type { Health, RolloutEffects } from "./effects.js"

const POLL = 1_000
// Milliseconds in which those who ask share one look, which takes about as long itself in a large fleet: a look at all tasks for each of
// them would be a million calls for a thousand.
const SHARED = 1_000

/** Keeps a job's healthy tasks above its floors: no task is taken down while that would leave too few. */
export interface Availability {
  /**
   * Waits until the task may be taken down, at most `patience` milliseconds, and takes it. Again for a task that is taken
   * already: the floors may have changed since, and it stays taken whatever the answer.
   */
  take(task: Task, patience: number): Promise<Taking>
  /** Gives it back after its change. */
  release(task: Task): void
}

/** `stopped`: the run was halted meanwhile. `short`: too few others were healthy all the time. */
export type Taking =
  | { readonly kind: "taken" }
  | { readonly kind: "stopped" }
  | { readonly kind: "short"; readonly why: string }

/** What a look at a group showed. */
interface Reading {
  readonly at: number
  readonly health: ReadonlyMap<Task, Health>
  /** Those that were healthy, and that nobody has taken since the look began. */
  readonly up: Set<Task>
}

/** The floors of one job, read live before tasks are taken, whatever others are down for. */
export function availability(
  rollout: JobRollout,
  effects: RolloutEffects,
  halted: () => boolean,
): Availability {
  /** Tasks that are taken, and whether each costs the floors one. */
  const taken = new Map<Task, boolean>()
  const readings = new Map<FloorGroup, Reading>()
  // One look and one decision at a time: two at once could each take the last task that may go.
  const oneByOne = pLimit(1)
  const floors = rollout.floors.filter(group => group.atLeast > 0)
  const groupOf = new Map(floors.flatMap(group => group.members.map(member => [member, group] as const)))

  async function lookAt(group: FloorGroup): Promise<Reading> {
    // One that is given back during the look may have been read before it went down.
    const takenBefore = new Set(taken.keys())
    const health = await effects.look(group.members)
    const isUp = (task: Task): boolean =>
      health.get(task)?.kind === "healthy" && !taken.has(task) && !takenBefore.has(task)
    const reading = { at: effects.clock.now(), health, up: new Set(group.members.filter(isUp)) }
    readings.set(group, reading)
    return reading
  }

  /** Whether too few others are up for a task to be taken that costs one. */
  function isShort(task: Task, group: FloorGroup, { up }: Reading): boolean {
    return up.size - (up.has(task) ? 1 : 0) < group.atLeast
  }

  // What is down already costs nothing to change, unless it is down because it was drained. What cannot be read may be up.
  function costs(task: Task, { health }: Reading): boolean {
    return taken.get(task) === true || health.get(task)?.kind !== "down"
  }

  async function tryTake(task: Task): Promise<Taking> {
    const group = groupOf.get(task)
    if (!group) return { kind: "taken" }
    const before = readings.get(group)
    const isUsable =
      before &&
      effects.clock.now() - before.at < SHARED &&
      !(costs(task, before) && isShort(task, group, before))
    const reading = isUsable ? before : await lookAt(group)
    if (halted()) return { kind: "stopped" }
    const isCostly = costs(task, reading)
    if (isCostly && isShort(task, group, reading))
      return { kind: "short", why: tooFew(rollout, group, reading.health) }
    taken.set(task, isCostly)
    reading.up.delete(task)
    return { kind: "taken" }
  }

  return {
    release: task => void taken.delete(task),
    take: async (task, patience) => {
      const began = effects.clock.now()
      let told: string | undefined
      for (;;) {
        if (halted()) return { kind: "stopped" }
        if (floors.length === 0) return { kind: "taken" }
        const taking = await oneByOne(() => tryTake(task))
        if (taking.kind !== "short" || effects.clock.now() - began >= patience) return taking
        if (taking.why !== told) effects.tell({ kind: "waiting", why: taking.why })
        told = taking.why
        await effects.clock.sleep(POLL, effects.signals.stopping)
      }
    },
  }
}

function tooFew({ job }: JobRollout, group: FloorGroup, health: ReadonlyMap<Task, Health>): string {
  const up = group.members.filter(member => health.get(member)?.kind === "healthy").length
  const where = group.region === "" ? "" : ` in ${group.region}`
  return `${up} of ${group.members.length} tasks of ${job.name}${where} are healthy, and ${group.atLeast} must stay so`
}
