import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import { saidOf } from "../view.js"

/** What has become of each task so far, what it counts for, and whether the rollout goes on. */
export interface Ledger {
  /** Why nothing more is begun now, or undefined. */
  halted(): string | undefined
  /** Begins nothing more. The first reason is the one that is reported. */
  halt(why: string): void
  /** Whether the next thing may begin. Where the policy is to pause, someone is asked once, and a yes forgives what was. */
  mayBegin(): Promise<boolean>
  /** Notes what became of a task, or that it went wrong after all; failures beyond the budget halt. */
  note(task: Task, outcome: Outcome): void
  /** Notes that a task was not touched. */
  skip(task: Task): void
  /** Notes where a task was left after the rollout; counts for nothing. */
  restate(task: Task, outcome: Outcome): void
  outcome(task: Task): Outcome | undefined
  /** Whether the task went wrong, and nobody has said since that the rollout goes on. */
  isOpenFailure(task: Task): boolean
  /** Notes that this rollout changed the task, or may have. */
  touch(task: Task): void
  /** Tasks that this rollout changed or may have changed: what a revert is about. */
  touched(): readonly Task[]
  /** When something last became healthy, or when waiting for it began anew. */
  readonly progress: { at: number }
}

/** What a ledger needs from around it. */
export interface LedgerOptions {
  /** Failures that do not halt. */
  readonly budget: number
  /** Whether the operator stopped the run. */
  readonly interrupted: () => boolean
  /** Why the failure of a task halts even within the budget, or undefined. */
  readonly fatal: (task: Task, outcome: (task: Task) => Outcome | undefined) => string | undefined
  readonly now: () => number
  readonly told: (outcome: Outcome) => void
  readonly haltTold: (why: string) => void
  /** Asked whether to go on after a halt; absent: never. */
  readonly ask?: ((why: string) => Promise<boolean>) | undefined
}

const INTERRUPTED = "the run was interrupted before it"

export function createLedger(options: LedgerOptions): Ledger {
  const { budget, interrupted, fatal, now, told, haltTold, ask } = options
  const outcomes = new Map<Task, Outcome>()
  const touched = new Set<Task>()
  /** Failures that nobody has forgiven, in the order in which they came. */
  const open = new Map<Task, Outcome>()
  const progress = { at: now() }
  let whys: readonly string[] = []
  let asking: Promise<void> | undefined

  const halt = (why: string): void => {
    whys = [...whys, why]
    if (whys.length === 1) haltTold(why)
  }
  const outcomeOf = (task: Task): Outcome | undefined => outcomes.get(task)
  const record = (task: Task, outcome: Outcome): void => {
    outcomes.set(task, outcome)
    told(outcome)
  }
  /** A yes is about what was shown: what came while the question stood is asked about again. */
  const question = async (put: (why: string) => Promise<boolean>): Promise<void> => {
    const shown = { whys: whys.length, failures: [...open.keys()] }
    // After a no, the answer stays.
    if (!(await put(whys.join("; ")))) return
    asking = undefined
    progress.at = now()
    for (const task of shown.failures) open.delete(task)
    const left = whys.slice(shown.whys)
    whys = []
    const spent = [...open.values()][budget]
    for (const why of spent ? [overBudget(spent, budget), ...left] : left) halt(why)
  }

  return {
    progress,
    halted: () => whys[0] ?? (interrupted() ? INTERRUPTED : undefined),
    halt,
    mayBegin: async () => {
      while (ask && whys.length > 0 && !interrupted()) {
        asking ??= question(ask)
        const answer = asking
        await answer
        if (asking === answer) break
      }
      return whys.length === 0 && !interrupted()
    },
    note: (task, outcome) => {
      record(task, outcome)
      if (outcome.kind === "changed" || outcome.kind === "unchanged") progress.at = now()
      if (!isBad(outcome)) return
      open.set(task, outcome)
      if (open.size === budget + 1) halt(overBudget(outcome, budget))
      const why = fatal(task, outcomeOf)
      if (why !== undefined) halt(why)
    },
    skip: task => record(task, saidOf(task, { kind: "skipped", why: whys[0] ?? INTERRUPTED })),
    restate: record,
    outcome: outcomeOf,
    isOpenFailure: task => open.has(task),
    touch: task => void touched.add(task),
    touched: () => [...touched],
  }
}

/** Whether an outcome counts against the budget. */
export function isBad(outcome: Outcome | undefined): boolean {
  return outcome?.kind === "failed" || outcome?.kind === "unreachable"
}

function overBudget(outcome: Outcome, budget: number): string {
  const last = `${outcome.task} on ${outcome.host} went wrong`
  return budget === 0
    ? `the run stopped after ${last}`
    : `the run stopped after ${budget + 1} failures, the last: ${last}`
}
