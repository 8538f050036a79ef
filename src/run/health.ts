import type { Task } from "../model/cluster.js"
import type { TaskView } from "../model/outcome.js"
import type { Check } from "../model/policy.js"
import type { Effects } from "./effects.js"
import type { FanOut } from "./fan-out.js"
import type { Health } from "./rollout/effects.js"
import type { HealthCheck } from "./settle.js"
import { viewTasks } from "./view.js"

/** Makes one check of a task; says why it failed, or undefined. Never rejects. */
export type AskCheck = (task: Task, check: Check, signal: AbortSignal) => Promise<string | undefined>

/** Reads which of the tasks are healthy now: RUNNING, and passing their checks. */
export async function lookAt(
  tasks: readonly Task[],
  effects: Effects,
  limits: FanOut,
  ask: AskCheck,
): Promise<ReadonlyMap<Task, Health>> {
  const views = await viewTasks(tasks, effects, limits)
  const health = await Promise.all(
    tasks.map((task, n) => healthOf(task, views[n] as TaskView, effects.signals.aborting, ask)),
  )
  return new Map(tasks.map((task, n) => [task, health[n] as Health]))
}

/** All checks of a task, as one. */
export function checksOf(task: Task, signal: AbortSignal, ask: AskCheck): HealthCheck | undefined {
  const { checks } = task
  if (checks.length === 0) return undefined
  return {
    ask: () => firstFailure(task, signal, ask),
    interval: Math.min(...checks.map(check => check.interval)),
  }
}

/** The health of a task that was just read. */
export async function healthOf(
  task: Task,
  view: TaskView,
  signal: AbortSignal,
  ask: AskCheck,
): Promise<Health> {
  switch (view.kind) {
    case "unreachable":
      return { kind: "unknown", why: view.failure.message }
    case "missing":
      return { kind: "down", why: "the supervisor does not know it" }
    case "seen": {
      const wrong = view.processes.find(process => process.state !== "RUNNING")
      if (wrong) return { kind: "down", why: `it is ${wrong.state}` }
      const failed = await firstFailure(task, signal, ask)
      if (failed !== undefined) return { kind: "down", why: `its check fails: ${failed}` }
      return {
        kind: "healthy",
        identity: view.processes.map(process => `${process.pid}/${process.start}`).join(),
      }
    }
  }
}

async function firstFailure(task: Task, signal: AbortSignal, ask: AskCheck): Promise<string | undefined> {
  const answers = await Promise.all(task.checks.map(check => ask(task, check, signal)))
  return answers.find(answer => answer !== undefined)
}
