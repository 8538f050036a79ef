import type { Task } from "../model/cluster.js"
import type { Evidence, Outcome, TaskView } from "../model/outcome.js"
import { isDown } from "../model/process.js"
import type { Effects } from "./effects.js"
import { type Hand, handOn } from "./hand.js"
import type { Patience } from "./settle.js"
import { verdictOf } from "./verdict.js"
import { saidOf } from "./view.js"

/** Changes one task whose state was just read, and says what became of it. Never rejects for a failing target. */
export type ChangeTask = (
  task: Task,
  before: TaskView,
  effects: Effects,
  patience: Patience,
) => Promise<Outcome>

/** Starts what is not up, and waits until all of it is healthy. */
export const startTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    if (hand.before.every(process => process.state === "RUNNING"))
      return saidOf(task, { kind: "unchanged", note: "RUNNING already" })
    await hand.start(patience)
    return hand.healthy(patience)
  })

/** Stops what is up, and waits until no process is left. */
export const stopTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    const stopped = await hand.stop(patience)
    const { state } = stopped[0]!
    // Someone may have started it since it was looked at, and the end of what was STOPPING was waited for.
    return hand.touched() || hand.before.some(process => !isDown(process.state))
      ? saidOf(task, { kind: "changed", note: state })
      : saidOf(task, { kind: "unchanged", note: `${state} already` })
  })

/** Stops what is up, starts all of it, and waits until it is healthy: one step that ends with a running task. */
export const restartTask: ChangeTask = (task, before, effects, patience) =>
  withTask(task, before, effects, async hand => {
    await hand.stop(patience)
    await hand.start(patience)
    return hand.healthy(patience)
  })

/** Waits until a task that was just started, by a deploy, is healthy. */
export function awaitHealthy(
  task: Task,
  before: TaskView,
  effects: Effects,
  patience: Patience,
): Promise<Outcome> {
  const processes = before.kind === "seen" ? before.processes : []
  return verdictOf(() => handOn(task, processes, effects, true).healthy(patience))
}

async function withTask(
  task: Task,
  before: TaskView,
  effects: Effects,
  steps: (hand: Hand) => Promise<Outcome>,
): Promise<Outcome> {
  if (before.kind === "unreachable")
    return saidOf(task, { kind: "unreachable", failure: before.failure, unknown: false })
  if (before.kind === "missing") return saidOf(task, { kind: "failed", evidence: missing(task) })
  return verdictOf(() => steps(handOn(task, before.processes, effects, false)))
}

function missing(task: Task): Evidence {
  return {
    message: `the supervisor has no program "${task.program}"`,
    hint:
      task.job.kind === "deployed"
        ? "it was never deployed here: minos deploy"
        : "minos rpc HOST supervisor.getAllProcessInfo lists what it has",
  }
}
