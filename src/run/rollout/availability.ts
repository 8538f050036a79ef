import pLimit from "p-limit"
import type { Task } from "../../model/cluster.js"
import type { FloorGroup, JobRollout } from "../../plan/rollout-plan.js"
import type { Health, RolloutEffects } from "./effects.js"

const POLL = 1_000

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

/** The floors of one job, read live before each task, whatever others are down for. */
export function availability(
  rollout: JobRollout,
  effects: RolloutEffects,
  halted: () => boolean,
): Availability {
  /** Tasks that are taken, and whether each costs the floors one. */
  const taken = new Map<Task, boolean>()
  // One look and one decision at a time: two at once could each take the last task that may go.
  const oneByOne = pLimit(1)
  const floors = rollout.floors.filter(group => group.atLeast > 0)

  async function tryTake(task: Task): Promise<Taking> {
    const groups = floors.filter(group => group.members.includes(task))
    const members = [...new Set(groups.flatMap(group => group.members))]
    // One that is given back during the look may have been read before it went down.
    const takenBefore = new Set(taken.keys())
    const health = members.length > 0 ? await effects.look(members) : new Map<Task, Health>()
    if (halted()) return { kind: "stopped" }
    // What is down already costs nothing to change, unless it is down because it was drained. What cannot be read may be up.
    const costs = taken.get(task) === true || health.get(task)?.kind !== "down"
    const isUp = (other: Task): boolean =>
      other !== task && health.get(other)?.kind === "healthy" && !taken.has(other) && !takenBefore.has(other)
    const short = groups.find(group => group.members.filter(isUp).length < group.atLeast)
    if (costs && short) return { kind: "short", why: tooFew(rollout, short, health) }
    taken.set(task, costs)
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
