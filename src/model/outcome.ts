import type { CallFailure } from "./failure.js"
import type { ProcessInfo, ProcessState } from "./process.js"

/** The task an outcome is about, in names that a report can print. */
export interface Subject {
  readonly task: string
  readonly host: string
  readonly region: string
  /** Where its host is called, without credentials: `http://10.0.3.11:9001`. */
  readonly endpoint: string
}

/** What became of one task in one operation. Every planned task has exactly one. */
export type Outcome = Changed | Unchanged | Failed | Unreachable | Skipped

export interface Changed extends Subject {
  readonly kind: "changed"
  /** What is so now: `RUNNING, pid 71 (was 60)`. */
  readonly note: string
}

export interface Unchanged extends Subject {
  readonly kind: "unchanged"
  readonly note: string
}

/** The target answers, and the task is not as it should be. */
export interface Failed extends Subject {
  readonly kind: "failed"
  readonly evidence: Evidence
}

/** The target gives no answer. */
export interface Unreachable extends Subject {
  readonly kind: "unreachable"
  readonly failure: CallFailure
  /** True when a change was sent before the answers ended: what became of the task is not known. */
  readonly unknown: boolean
}

/** Not touched, because something before it went wrong or the operator stopped the run. */
export interface Skipped extends Subject {
  readonly kind: "skipped"
  readonly why: string
}

export type OutcomeKind = Outcome["kind"]

/** In the order in which reports count them. */
export const OUTCOME_KINDS = ["changed", "unchanged", "failed", "unreachable", "skipped"] as const

/** What is known of a failure: enough for an operator to begin without logging in to the host. */
export interface Evidence {
  /** One line, the same for equal failures on other hosts: no pids, no times. */
  readonly message: string
  readonly hint?: string
  readonly fault?: { readonly code: number; readonly message: string }
  readonly state?: ProcessState
  /** Supervisor's own words on why it could not start the program. */
  readonly spawnError?: string
  readonly exitStatus?: number
  /** How often it was seen to be started anew. */
  readonly restarts?: number
  /** The last lines of standard error, oldest first. */
  readonly stderr?: readonly string[]
}

/** What was seen of one task: its processes, or why there are none to show. */
export type TaskView = Subject &
  (
    | { readonly kind: "seen"; readonly processes: readonly ProcessInfo[] }
    /** The supervisor answers and does not know the program. */
    | { readonly kind: "missing"; readonly program: string }
    | { readonly kind: "unreachable"; readonly failure: CallFailure }
  )

/** A step on a target that failed although the target answers; carries what is known of it. */
export class StepError extends Error {
  readonly evidence: Evidence

  constructor(evidence: Evidence) {
    super(evidence.message)
    this.name = "StepError"
    this.evidence = evidence
  }
}
