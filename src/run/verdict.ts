import type { Task } from "../model/cluster.js"
import type { CallFailure } from "../model/failure.js"
import type { Evidence, Outcome } from "../model/outcome.js"
import { saidOf } from "./view.js"

/** Ends the steps of a task early, with its outcome. */
export class Verdict extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super(outcome.kind)
    this.outcome = outcome
  }
}

/** What the steps give, or the verdict that ended them. */
export async function verdictOf(steps: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await steps()
  } catch (error) {
    if (error instanceof Verdict) return error.outcome
    throw error
  }
}

/** The verdict on a target that answers, with a task that is not as it should be. */
export function failed(task: Task, evidence: Evidence): Verdict {
  return new Verdict(saidOf(task, { kind: "failed", evidence }))
}

/**
 * The verdict on a target whose answers ended, and `unknown` when a change may have reached it. A fault is an answer:
 * the supervisor is there, and the program is not.
 */
export function silent(task: Task, failure: CallFailure, unknown: boolean): Verdict {
  if (failure.reason !== "fault") return new Verdict(saidOf(task, { kind: "unreachable", failure, unknown }))
  return failed(task, { message: failure.message, hint: failure.hint, fault: faultOf(failure) })
}

/** A fault as a report shows it. */
export function faultOf(failure: CallFailure): NonNullable<Evidence["fault"]> {
  return { code: failure.faultCode ?? 0, message: failure.message }
}
