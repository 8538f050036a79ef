import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import { type RolloutPlan, tasksOf } from "../../plan/rollout-plan.js"
import { isBad } from "./ledger.js"

/**
 * Failures that end a rollout although the budget allows them: a canary, and the last one of a region in which everything
 * that was tried went wrong. What fails there would fail in the next wave too. Says why, or undefined.
 */
export function fatalIn(
  plan: RolloutPlan,
): (task: Task, outcome: (task: Task) => Outcome | undefined) => string | undefined {
  const canaries = new Set(
    plan.jobs.flatMap(({ waves }) =>
      waves.flatMap(wave => (wave.canary ? wave.shares.flatMap(share => share.tasks) : [])),
    ),
  )
  const tasksBeside = (task: Task): readonly Task[] =>
    plan.jobs
      .filter(({ job }) => job === task.job)
      .flatMap(tasksOf)
      .filter(other => other.host.region === task.host.region)
  return (task, outcomeOf) => {
    if (canaries.has(task)) return "the canary went wrong"
    const outcomes = tasksBeside(task).map(outcomeOf)
    const lost = outcomes.every(outcome => isBad(outcome) || outcome?.kind === "skipped")
    return lost ? `everything that was tried in ${task.host.region} went wrong` : undefined
  }
}
