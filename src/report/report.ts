import type { Cluster } from "../model/cluster.js"
import type { Holder } from "../model/lease.js"
import { OUTCOME_KINDS, type Outcome, type OutcomeKind, type TaskView } from "../model/outcome.js"
import type { RelayTrouble } from "../model/relay.js"
import { EXIT_CODES, type ExitName, exitOfOutcomes, exitOfViews } from "./exit-codes.js"

/** What every report begins with, on the screen and in JSON. */
export interface ReportHead {
  readonly schema: 1
  readonly command: string
  readonly service: string
  readonly cluster: string
  /** True when the exit code is 0. */
  readonly ok: boolean
  readonly exitCode: number
  /** Relays that were not, or not always, of use; absent where there is nothing to say. */
  readonly relays?: readonly RelayTrouble[]
}

/** What a run did: one outcome for each planned task. */
export interface RunReport extends ReportHead {
  /** `r-20261122-101500-x7f2` */
  readonly operation: string
  /** Why the run did not begin: a check before the first change failed. */
  readonly refused?: string
  /** Why the rollout stopped early. */
  readonly halted?: string
  /** Tasks that were put back to what they were. */
  readonly reverted?: number
  /** Hooks that failed where nothing waits for them: postDeploy, onFailure, onFinish. */
  readonly hookFailures?: readonly string[]
  /** Why the operator did without watching. */
  readonly reason?: string
  readonly interrupted?: boolean
  /** Where each change was noted; absent where that is not done. */
  readonly journal?: JournalNote
  readonly seconds: number
  readonly counts: Readonly<Record<"planned" | OutcomeKind, number>>
  readonly outcomes: readonly Outcome[]
}

/** The journal of a run, for whoever wants to check it. */
export interface JournalNote {
  readonly file: string
  /** Hash of its last record. */
  readonly head: string
  /** Tasks that `minos resume` would go on with. */
  readonly left: number
  /** Why it is not complete. */
  readonly trouble?: string
}

/** What a look at the fleet saw. */
export interface StatusReport extends ReportHead {
  readonly counts: StatusCounts
  readonly tasks: readonly TaskView[]
  /** Programs of this cluster on the hosts that are no longer in the file. */
  readonly orphans: readonly OrphanProgram[]
  /** The runs that change the cluster now: none, or one. */
  readonly locks: readonly Holder[]
}

export interface OrphanProgram {
  readonly host: string
  readonly program: string
}

export interface StatusCounts {
  readonly tasks: number
  readonly running: number
  /** The supervisor answers and the task is not RUNNING. */
  readonly wrong: number
  readonly unreachable: number
}

/** How a run ended besides its outcomes. */
export interface RunEnding {
  readonly command: string
  readonly operation: string
  readonly seconds: number
  readonly refused?: string | undefined
  readonly halted?: string | undefined
  readonly reverted?: number | undefined
  readonly hookFailures?: readonly string[] | undefined
  readonly reason?: string | undefined
  readonly interruptedBy?: "interrupted" | "terminated" | undefined
}

/** Folds the outcomes of a run into its report. */
export function runReport(cluster: Cluster, outcomes: readonly Outcome[], ending: RunEnding): RunReport {
  const exit =
    ending.interruptedBy ??
    (ending.halted === undefined ? exitOfOutcomes(outcomes, ending.refused !== undefined) : "halted")
  return {
    ...head(cluster, ending.command, exit),
    operation: ending.operation,
    ...(ending.refused === undefined ? {} : { refused: ending.refused }),
    ...(ending.halted === undefined ? {} : { halted: ending.halted }),
    ...(ending.reverted === undefined ? {} : { reverted: ending.reverted }),
    ...(ending.hookFailures === undefined ? {} : { hookFailures: ending.hookFailures }),
    ...(ending.reason === undefined ? {} : { reason: ending.reason }),
    ...(ending.interruptedBy === undefined ? {} : { interrupted: true }),
    seconds: Math.round(ending.seconds * 10) / 10,
    counts: countOutcomes(outcomes),
    outcomes,
  }
}

/** Folds what was seen of all tasks into a report. */
export function statusReport(
  cluster: Cluster,
  tasks: readonly TaskView[],
  orphans: readonly OrphanProgram[] = [],
  locks: readonly Holder[] = [],
): StatusReport {
  return {
    ...head(cluster, "status", exitOfViews(tasks)),
    counts: countViews(tasks),
    tasks,
    orphans,
    locks,
  }
}

/** How many tasks a look found in which condition. */
export function countViews(views: readonly TaskView[]): StatusCounts {
  const unreachable = views.filter(view => view.kind === "unreachable").length
  const running = views.filter(isRunning).length
  return { tasks: views.length, running, wrong: views.length - running - unreachable, unreachable }
}

function isRunning(view: TaskView): boolean {
  return view.kind === "seen" && view.processes.every(process => process.state === "RUNNING")
}

function countOutcomes(outcomes: readonly Outcome[]): RunReport["counts"] {
  const kinds = OUTCOME_KINDS.map(kind => [kind, outcomes.filter(outcome => outcome.kind === kind).length])
  return { planned: outcomes.length, ...Object.fromEntries(kinds) }
}

/** The head of a report that ends like this. */
export function head(cluster: Cluster, command: string, exit: ExitName): ReportHead {
  return {
    schema: 1,
    command,
    service: cluster.service,
    cluster: cluster.cluster,
    ok: exit === "ok",
    exitCode: EXIT_CODES[exit].code,
  }
}
