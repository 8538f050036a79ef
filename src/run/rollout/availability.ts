import pLimit from "p-limit"
import type { Task } from "../../model/cluster.js"
import type { JobRollout } from "../../plan/rollout-plan.js"
import type { RolloutEffects } from "./effects.js"
import type { Ledger } from "./ledger.js"

const POLL = 1_000

/** Keeps a job's healthy tasks above its floors: no task is taken down while that would leave too few. */
export interface Availability {
  /** Waits until the task may be taken, and takes it; false when it may not in time, and the ledger says why. */
  take(task: Task): Promise<boolean>
  /** Gives it back after its change. */
  release(task: Task): void
}

/** The floors of one job, read live before each task, whatever others are down for. */
export function availability(rollout: JobRollout, effects: RolloutEffects, ledger: Ledger): Availability {
  const taken = new Set<Task>()
  // One look and one decision at a time: two at once could each take the last task that may go.
  const oneByOne = pLimit(1)

  async function roomFor(task: Task): Promise<string | undefined> {
    const groups = rollout.floors.filter(group => group.atLeast > 0 && group.members.includes(task))
    if (groups.length === 0) return undefined
    const members = [...new Set(groups.flatMap(group => group.members))]
    const health = await effects.look(members)
    const isUp = (member: Task): boolean => health.get(member)?.kind === "healthy" && !taken.has(member)
    // What is down already costs nothing to change.
    if (!isUp(task)) return undefined
    const short = groups.find(group => group.members.filter(isUp).length - 1 < group.atLeast)
    if (!short) return undefined
    const up = short.members.filter(isUp).length
    const where = short.region === "" ? "" : ` in ${short.region}`
    return `${up} of ${short.members.length} tasks of ${rollout.job.name}${where} are healthy, and ${short.atLeast} must stay so`
  }

  async function tryTake(task: Task): Promise<string | undefined> {
    const why = await roomFor(task)
    if (why === undefined && ledger.halted() === undefined) taken.add(task)
    return why
  }

  return {
    release: task => void taken.delete(task),
    take: async task => {
      const began = effects.clock.now()
      for (;;) {
        if (ledger.halted() !== undefined) return false
        const why = await oneByOne(() => tryTake(task))
        if (why === undefined) return taken.has(task)
        if (effects.clock.now() - began >= rollout.policy.healthyDeadline) {
          ledger.halt(`minAvailable: ${why}`)
          return false
        }
        effects.tell({ kind: "waiting", why })
        await effects.clock.sleep(POLL, effects.signals.stopping)
      }
    },
  }
}
