import type { Host, Task } from "../model/cluster.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import { restartTask, startTask, stopTask } from "./change-task.js"
import type { Effects } from "./effects.js"
import { type FanOut, fanOut } from "./fan-out.js"
import { rolling } from "./rolling.js"
import type { Patience } from "./settle.js"
import { subject, viewTasks } from "./view.js"

/** What a run needs besides the tasks. */
export interface RunOptions {
  readonly effects: Effects
  readonly limits: FanOut
  readonly patience: Patience
  /** Called once for each outcome, as they come. */
  readonly follow: (outcome: Outcome) => void
}

export interface RollingOptions extends RunOptions {
  /** Tasks changed at once in a region. */
  readonly parallel: number
  /** Hosts that may be left out because they do not answer. */
  readonly skipUnreachable: number
}

/** Starts all tasks, all at once. */
export function startAll(tasks: readonly Task[], options: RunOptions): Promise<readonly Outcome[]> {
  return sideBySide(tasks, options, startTask)
}

/** Stops all tasks, all at once: a dead host does not keep the others running. */
export function stopAll(tasks: readonly Task[], options: RunOptions): Promise<readonly Outcome[]> {
  return sideBySide(tasks, options, stopTask)
}

/** Restarts task after task, once it is known that every host answers. */
export async function restartRolling(
  tasks: readonly Task[],
  options: RollingOptions,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly refused?: string }> {
  const { effects, limits, patience, follow } = options
  const before = pairUp(tasks, await viewTasks(tasks, effects, limits))
  const blocked = blockers([...before.values()], options.skipUnreachable)
  if (blocked) return { outcomes: refuse(tasks, before, blocked), refused: blocked }
  const leftOut = new Map<Task, Outcome>()
  for (const [task, view] of before) {
    if (view.kind === "unreachable")
      leftOut.set(task, { ...subject(task), kind: "unreachable", failure: view.failure, unknown: false })
  }
  for (const outcome of leftOut.values()) follow(outcome)
  const rolled = tasks.filter(task => !leftOut.has(task))
  const outcomes = await rolling(
    rolled,
    options.parallel,
    effects.signals,
    task => restartTask(task, before.get(task) as TaskView, effects, patience),
    follow,
  )
  const results = new Map([...leftOut, ...pairUp(rolled, outcomes)])
  return { outcomes: tasks.map(task => results.get(task) as Outcome) }
}

/** The results beside their tasks. */
export function pairUp<R>(tasks: readonly Task[], results: readonly R[]): Map<Task, R> {
  return new Map(tasks.map((task, n) => [task, results[n] as R]))
}

/** Why a rolling change must not begin, or undefined. */
export function blockers(before: readonly TaskView[], skipUnreachable: number): string | undefined {
  const dead = new Set(before.filter(view => view.kind === "unreachable").map(view => view.host))
  const missing = before.filter(view => view.kind === "missing")
  if (dead.size > skipUnreachable) return `nothing was touched: ${count(dead.size, "host")} cannot be asked`
  if (missing.length > 0)
    return `nothing was touched: ${count(missing.length, "task")} unknown to the supervisor`
  return undefined
}

/** The outcomes of a run that does not begin. */
export function refuse(
  tasks: readonly Task[],
  before: ReadonlyMap<Task, TaskView>,
  why: string,
): readonly Outcome[] {
  return tasks.map(task => {
    const view = before.get(task) as TaskView
    if (view.kind === "unreachable")
      return { ...subject(task), kind: "unreachable", failure: view.failure, unknown: false }
    if (view.kind === "missing")
      return {
        ...subject(task),
        kind: "failed",
        evidence: { message: `the supervisor has no program "${view.program}"` },
      }
    return { ...subject(task), kind: "skipped", why }
  })
}

async function sideBySide(
  tasks: readonly Task[],
  { effects, limits, patience, follow }: RunOptions,
  change: typeof startTask,
): Promise<readonly Outcome[]> {
  const before = pairUp(tasks, await viewTasks(tasks, effects, limits))
  return fanOut(
    tasks,
    task => task.host.region,
    limits,
    async task => {
      const outcome: Outcome = effects.signals.stopping.aborted
        ? { ...subject(task), kind: "skipped", why: "the run was interrupted before it" }
        : await change(task, before.get(task) as TaskView, effects, patience)
      follow(outcome)
      return outcome
    },
  )
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`
}

/** The hosts of some tasks, each once, in their order. */
export function hostsOf(tasks: readonly Task[]): readonly Host[] {
  return [...new Set(tasks.map(task => task.host))]
}
