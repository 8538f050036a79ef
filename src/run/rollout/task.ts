import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import type { JobRollout } from "../../plan/rollout-plan.js"
import { saidOf } from "../view.js"
import type { Availability } from "./availability.js"
import { isBad } from "./ledger.js"
import { hookFailed, type Run } from "./run.js"

/** One job's part of a rollout, while it is carried out. */
export interface JobRun extends Run {
  readonly rollout: JobRollout
  readonly guard: Availability
}

/** Changes one task as soon as it may be changed, between its hooks; leaves it alone when the rollout halts before that. */
export async function oneTask(task: Task, run: JobRun): Promise<void> {
  const { guard, ledger } = run
  if (await mayTake(task, run)) await hooked(task, run)
  else ledger.skip(task)
  guard.release(task)
}

async function hooked(task: Task, run: JobRun): Promise<void> {
  const { effects, ledger } = run
  const job = task.job.name
  effects.tell({ kind: "dispatched", task })
  const blocked = await effects.hook("preTask", { job, task })
  const outcome =
    blocked === undefined ? await changed(task, run) : failed(task, hookFailed("preTask", blocked))
  // At once: while postTask runs, another worker could begin the next task on a budget that is spent.
  if (outcome && isBad(outcome)) ledger.note(task, outcome)
  // Also after a failure, and for a task that was left alone: what preTask drained must be undrained.
  const after = await effects.hook("postTask", { job, task, outcome: outcome?.kind ?? "skipped" })
  if (outcome && isBad(outcome)) return
  if (after !== undefined) ledger.note(task, failed(task, hookFailed("postTask", after)))
  else if (outcome) ledger.note(task, outcome)
  else ledger.skip(task)
}

/** Undefined when the rollout halted while preTask ran. */
async function changed(task: Task, run: JobRun): Promise<Outcome | undefined> {
  const { rollout, effects, ledger } = run
  // A drain may take minutes, in which others may have gone down.
  const again = rollout.policy.hooks.preTask ? () => mayTake(task, run) : ledger.mayBegin
  while (await again()) {
    // A host that is slow to answer may take seconds.
    if (ledger.halted() === undefined) await effects.read?.(task)
    if (ledger.halted() !== undefined) continue
    const unnoted = await effects.before?.(task, "change")
    if (unnoted !== undefined) {
      ledger.halt(unnoted)
      continue
    }
    const outcome = await effects.change(task)
    if (mayHaveChanged(outcome)) ledger.touch(task)
    return outcome
  }
  return undefined
}

/** Waits for the floors and for whoever is asked; false when the task is not to be changed any more. */
async function mayTake(task: Task, { plan, rollout, guard, effects, ledger }: JobRun): Promise<boolean> {
  while (await ledger.mayBegin()) {
    if (effects.clock.now() - ledger.progress.at > plan.progressDeadline) {
      ledger.halt("nothing became healthy within the progressDeadline")
      continue
    }
    const taking = await guard.take(task, rollout.policy.healthyDeadline)
    if (taking.kind === "taken") return true
    if (taking.kind === "short") ledger.halt(`minAvailable: ${taking.why}`)
  }
  return false
}

function mayHaveChanged(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case "changed":
    case "failed":
      return true
    case "unreachable":
      return outcome.unknown
    case "unchanged":
    case "skipped":
      return false
  }
}

function failed(task: Task, message: string): Outcome {
  return saidOf(task, { kind: "failed", evidence: { message } })
}
