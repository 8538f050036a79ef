import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { JobRollout, RegionShare } from "../../plan/rollout-plan.js"
import { saidOf } from "../view.js"
import { type Availability, availability } from "./availability.js"
import { isBad } from "./ledger.js"
import type { Run } from "./run.js"

/**
 * Puts every task that this rollout changed back to what it was: those that are down first and all at once, the others in
 * the windows and above the floors of the plan, without canary and without watching. One that does not come back is named
 * in its outcome and does not keep the others from it. An interrupt leaves the rest as it is, and names it. Says how many
 * came back. Only a deploy and a rollback have something to go back to.
 */
export async function revert(run: Run): Promise<number> {
  const { plan, effects, ledger } = run
  if (plan.verb !== "deploy" && plan.verb !== "rollback") return 0
  const touched = ledger.touched()
  effects.tell({ kind: "reverting", tasks: touched.length })
  // Live and not by outcome: what went wrong may be up all the same, and then it counts for the floors.
  const health = await effects.look(touched)
  const down = touched.filter(task => health.get(task)?.kind === "down")
  const back = await Promise.all(down.map(task => putBack(task, run)))
  const others = new Set(touched.filter(task => !down.includes(task)))
  for (const rollout of plan.jobs) back.push(...(await oneJob(rollout, others, run)))
  return back.filter(Boolean).length
}

async function oneJob(rollout: JobRollout, tasks: ReadonlySet<Task>, run: Run): Promise<readonly boolean[]> {
  const guard = availability(rollout, run.effects, () => run.effects.signals.stopping.aborted)
  const back: boolean[] = []
  for (const wave of rollout.waves)
    for (const share of wave.shares) back.push(...(await oneShare(share, tasks, rollout, guard, run)))
  return back
}

async function oneShare(
  share: RegionShare,
  tasks: ReadonlySet<Task>,
  { policy }: JobRollout,
  guard: Availability,
  run: Run,
): Promise<readonly boolean[]> {
  const wentWrong = (task: Task): boolean => isBad(run.ledger.outcome(task))
  const own = share.tasks.filter(task => tasks.has(task))
  const waiting = [...own.filter(wentWrong), ...own.filter(task => !wentWrong(task))]
  const back: boolean[] = []
  // Where a floor did not clear for one task, the next does not wait as long again.
  let patience = policy.healthyDeadline
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const taking = await guard.take(task, patience)
      if (taking.kind === "short") {
        patience = 0
        leave(task, `minAvailable: ${taking.why}`, run)
      } else back.push(await putBack(task, run))
      guard.release(task)
    }
  }
  await Promise.all(Array.from({ length: Math.min(share.parallel, waiting.length) }, worker))
  return back
}

/** Whether the task is what it was before. */
async function putBack(task: Task, run: Run): Promise<boolean> {
  const { effects, ledger } = run
  if (effects.signals.stopping.aborted) {
    leave(task, "the run was interrupted before it", run)
    return false
  }
  const before = ledger.outcome(task) as Outcome
  await effects.read?.(task)
  const unnoted = await effects.before?.(task, "revert")
  if (unnoted !== undefined) {
    leave(task, unnoted, run)
    return false
  }
  const after = await effects.revert(task)
  ledger.restate(task, inTheEnd(before, after))
  return after.kind === "changed"
}

/** The old release would be the better one to be on, and the task stays where it is: that is a failure. */
function leave(task: Task, why: string, { ledger }: Run): void {
  const before = ledger.outcome(task) as Outcome
  const evidence = before.kind === "failed" ? before.evidence : {}
  const message = `was not put back: ${why}`
  ledger.restate(task, saidOf(task, { kind: "failed", evidence: { ...evidence, message } }))
}

/** What went wrong stays so in the report, with what became of it. */
function inTheEnd(before: Outcome, after: Outcome): Outcome {
  switch (after.kind) {
    case "failed":
      return {
        ...after,
        evidence: { ...after.evidence, message: `could not be put back: ${after.evidence.message}` },
      }
    case "unreachable":
    case "skipped":
      return after
    case "unchanged":
      return before
    case "changed": {
      const note = `put back: ${after.note}`
      if (before.kind === "failed") return { ...before, evidence: { ...before.evidence, hint: note } }
      if (before.kind === "unreachable")
        return { ...before, unknown: false, failure: { ...before.failure, hint: note } }
      return { ...after, note }
    }
  }
}
