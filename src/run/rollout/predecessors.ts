import { type JobRollout, tasksOf } from "../../plan/rollout-plan.js"
import type { Run } from "./run.js"

const POLL = 1_000

/**
 * Before a job begins: those that it is after went well, and are healthy now. Waits for their health as long as they may
 * take to become healthy; halts when they do not, and when one of them went wrong.
 */
export async function awaitPredecessors(rollout: JobRollout, run: Run): Promise<void> {
  const before = run.plan.jobs.filter(other => rollout.after.includes(other.job.name))
  const wrong = before.find(other => tasksOf(other).some(run.ledger.isOpenFailure))
  if (wrong) return run.ledger.halt(notHealthy(wrong, rollout))
  if (before.length > 0 && run.plan.verb !== "stop") await untilHealthy(before, rollout, run)
}

async function untilHealthy(before: readonly JobRollout[], rollout: JobRollout, run: Run): Promise<void> {
  const { effects, ledger } = run
  const { clock } = effects
  // Without the failures that somebody has forgiven.
  const tasks = before.flatMap(tasksOf).filter(task => {
    const kind = ledger.outcome(task)?.kind
    return kind === "changed" || kind === "unchanged"
  })
  const patience = Math.max(...before.map(other => other.policy.healthyDeadline))
  const began = clock.now()
  let told = false
  while (await ledger.mayBegin()) {
    const health = await effects.look(tasks)
    const late = before.find(other =>
      tasksOf(other).some(task => tasks.includes(task) && health.get(task)?.kind !== "healthy"),
    )
    if (!late) return
    if (clock.now() - began >= patience) return ledger.halt(notHealthy(late, rollout))
    if (!told)
      effects.tell({ kind: "waiting", why: `${rollout.job.name} waits until ${late.job.name} is healthy` })
    told = true
    await clock.sleep(POLL, effects.signals.stopping)
  }
}

function notHealthy(other: JobRollout, rollout: JobRollout): string {
  return `${other.job.name} is not healthy, and ${rollout.job.name} comes after it`
}
