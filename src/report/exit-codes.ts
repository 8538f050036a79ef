import type { Outcome, TaskView } from "../model/outcome.js"

/** Every exit code and what it means: the one source for the code and for `minos help`. Fixed for ever. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: "done, nothing to do, all as wanted" },
  bug: { code: 1, meaning: "a bug in minos" },
  usage: { code: 2, meaning: "usage, YAML or configuration; nothing was contacted" },
  failed: { code: 3, meaning: "some target failed, or some task is not as it should be" },
  unreachable: { code: 4, meaning: "no failure, but some target unreachable or its outcome unknown" },
  denied: { code: 5, meaning: "not authenticated, not allowed, or not confirmed" },
  locked: { code: 6, meaning: "the lock is held by another run" },
  precondition: { code: 7, meaning: "the plan is stale, or a precondition failed; nothing changed" },
  deadline: { code: 8, meaning: "a deadline passed with work still pending" },
  halted: { code: 9, meaning: "a gate stopped the rollout (halted, paused or reverted)" },
  changes: { code: 10, meaning: "plan, drift: there are changes" },
  interrupted: { code: 130, meaning: "interrupted (Ctrl-C), after the report was written" },
  terminated: { code: 143, meaning: "terminated (SIGTERM), after the report was written" },
} as const

export type ExitName = keyof typeof EXIT_CODES

/** The exit code of a run by its outcomes. A rolling run whose check beforehand failed has changed nothing: `precondition`. */
export function exitOfOutcomes(outcomes: readonly Outcome[], refused: boolean): ExitName {
  const bad = outcomes.filter(outcome => outcome.kind === "failed" || outcome.kind === "unreachable")
  const denied = (outcome: Outcome): boolean =>
    outcome.kind === "unreachable" && outcome.failure.reason === "unauthorized"
  if (bad.length > 0 && bad.every(denied)) return "denied"
  if (refused) return "precondition"
  if (outcomes.some(outcome => outcome.kind === "failed")) return "failed"
  if (bad.length > 0) return "unreachable"
  return "ok"
}

/** The exit code of a look at the fleet: `ok` only if every process of every task is RUNNING. */
export function exitOfViews(views: readonly TaskView[]): ExitName {
  const wrong = (view: TaskView): boolean =>
    view.kind === "missing" ||
    (view.kind === "seen" && view.processes.some(process => process.state !== "RUNNING"))
  const silent = views.filter(view => view.kind === "unreachable")
  if (views.some(wrong)) return "failed"
  if (silent.length === 0) return "ok"
  return silent.every(view => view.failure.reason === "unauthorized") ? "denied" : "unreachable"
}
