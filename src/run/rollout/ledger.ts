import type { Task } from "../../model/cluster.js"
import type { Outcome } from "../../model/outcome.js"
import { subject } from "../view.js"

/** What has become of each task so far, what it counts for, and whether the rollout goes on. */
export interface Ledger {
  /** Why nothing more is begun, or undefined. */
  halted(): string | undefined
  /** Begins nothing more. The first reason counts. */
  halt(why: string): void
  /** Whether the next thing may begin. Where the policy is to pause, someone is asked once, and a yes forgives what was. */
  mayBegin(): Promise<boolean>
  /** Notes what became of a task; a failure beyond the budget halts. */
  note(task: Task, outcome: Outcome): void
  /** Notes that a task was not touched. */
  skip(task: Task): void
  outcome(task: Task): Outcome | undefined
  /** Tasks that this rollout changed or broke: what a revert is about. */
  touched(): readonly Task[]
  failures(): number
  /** When something last became healthy. */
  readonly progress: { at: number }
}

/** What a ledger needs from around it. */
export interface LedgerOptions {
  /** Failures that do not halt. */
  readonly budget: number
  /** Whether the operator stopped the run. */
  readonly interrupted: () => boolean
  readonly now: () => number
  readonly told: (outcome: Outcome) => void
  readonly haltTold: (why: string) => void
  /** Asked whether to go on after a halt; absent: never. */
  readonly ask?: ((why: string) => Promise<boolean>) | undefined
}

export function createLedger({ budget, interrupted, now, told, haltTold, ask }: LedgerOptions): Ledger {
  const outcomes = new Map<Task, Outcome>()
  const touched = new Set<Task>()
  const progress = { at: now() }
  let failures = 0
  let forgiven = 0
  let why: string | undefined
  let asking: Promise<void> | undefined

  const askOnce = (): Promise<void> => {
    const reason = why
    if (!ask || reason === undefined) return Promise.resolve()
    asking ??= ask(reason).then(yes => {
      if (!yes) return
      forgiven = failures
      why = undefined
      asking = undefined
      progress.at = now()
    })
    return asking
  }
  const halt = (reason: string): void => {
    if (why !== undefined) return
    why = reason
    haltTold(reason)
  }
  return {
    progress,
    halted: () => why ?? (interrupted() ? "the run was interrupted before it" : undefined),
    halt,
    mayBegin: async () => {
      if (!interrupted()) await askOnce()
      return why === undefined && !interrupted()
    },
    note: (task, outcome) => {
      outcomes.set(task, outcome)
      told(outcome)
      if (outcome.kind === "changed" || outcome.kind === "unchanged") progress.at = now()
      if (mayHaveChanged(outcome)) touched.add(task)
      if (outcome.kind !== "failed" && outcome.kind !== "unreachable") return
      failures++
      if (failures - forgiven > budget) halt(overBudget(outcome, failures, budget))
    },
    skip: task => {
      const reason = why ?? "the run was interrupted before it"
      const outcome: Outcome = { ...subject(task), kind: "skipped", why: reason }
      outcomes.set(task, outcome)
      told(outcome)
    },
    outcome: task => outcomes.get(task),
    touched: () => [...touched],
    failures: () => failures,
  }
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

function overBudget(outcome: Outcome, failures: number, budget: number): string {
  const last = `${outcome.task} on ${outcome.host} went wrong`
  return budget === 0
    ? `the run stopped after ${last}`
    : `the run stopped after ${failures} failures, the last: ${last}`
}
