import type { Task } from "../model/cluster.js"
import type { CallFailure } from "../model/failure.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import { fullName, isDown, type ProcessInfo } from "../model/process.js"
import { type Prior, type Resumed, type Seen, type Settled, settled } from "../plan/resume.js"
import { awaitHealthy, type ChangeTask, restartTask, startTask, stopTask } from "./change-task.js"
import type { Effects } from "./effects.js"
import type { Patience } from "./settle.js"
import { saidOf, viewNow, viewTasks } from "./view.js"

type Verb = "start" | "stop" | "restart"

/** What is said of a task that needs nothing more. */
export const DONE_BEFORE = "done before the run was cut short"

/** The tasks that the run had finished, and that are still as it left them. */
export function doneBefore(
  verb: Verb,
  views: ReadonlyMap<Task, TaskView>,
  resumed: Resumed | undefined,
): ReadonlyMap<Task, Outcome> {
  const done = new Map<Task, Outcome>()
  for (const [task, view] of views) {
    if (resumed?.prior.get(task.name)?.kind !== "done" || view.kind !== "seen") continue
    const fits = ({ state }: ProcessInfo): boolean => (verb === "stop" ? isDown(state) : state === "RUNNING")
    if (view.processes.every(fits)) done.set(task, saidOf(task, { kind: "unchanged", note: DONE_BEFORE }))
  }
  return done
}

/**
 * What is so of a task of a resumed run that the run did not come to again, or could not ask: a change of the part before that
 * may have been sent is still unknown. A task that was done and was skipped now stays skipped: nobody saw that it still is so.
 */
export function inTruth(outcome: Outcome, prior: Prior | undefined): Outcome {
  const { task, host, region, endpoint } = outcome
  const about = { task, host, region, endpoint }
  if (outcome.kind === "skipped" && prior?.kind === "open")
    return { ...about, kind: "unreachable", failure: notLookedAt(outcome.why), unknown: true }
  return outcome.kind === "unreachable" && prior?.kind === "open" ? { ...outcome, unknown: true } : outcome
}

/**
 * Finds out what became of a change that may have been sent, and does what is left of it: waits until the task is healthy,
 * starts what was only stopped, or does all of it. Each process of a group for itself, one after another.
 */
export async function settleTask(
  verb: Verb,
  task: Task,
  before: readonly Seen[],
  effects: Effects,
  patience: Patience,
): Promise<Outcome> {
  const view = await steadyView(task, effects)
  if (view.kind !== "seen") return CHANGES[verb](task, view, effects, patience)
  const outcomes: Outcome[] = []
  for (const listed of view.processes) {
    const one = { ...task, program: fullName(listed) }
    // The one before it may have taken minutes.
    const now: TaskView =
      outcomes.length === 0 ? { ...view, processes: [listed] } : await viewNow(one, effects)
    const outcome = await settleOne(verb, one, now, before, { effects, patience })
    if (outcome.kind === "failed" || outcome.kind === "unreachable") return outcome
    outcomes.push(outcome)
  }
  const note = outcomes.map(outcome => ("note" in outcome ? outcome.note : outcome.kind)).join("; ")
  const kind = outcomes.some(outcome => outcome.kind === "changed") ? "changed" : "unchanged"
  return saidOf(task, { kind, note })
}

const CHANGES: Readonly<Record<Verb, ChangeTask>> = { start: startTask, stop: stopTask, restart: restartTask }

interface World {
  readonly effects: Effects
  readonly patience: Patience
}

function settleOne(
  verb: Verb,
  task: Task,
  view: TaskView,
  before: readonly Seen[],
  world: World,
): Promise<Outcome> {
  const process = view.kind === "seen" ? view.processes[0] : undefined
  if (!process) return CHANGES[verb](task, view, world.effects, world.patience)
  const was = before.find(({ name, group }) => name === process.name && group === process.group)
  const old = { ...process, pid: was?.pid ?? process.pid, state: was?.state ?? process.state }
  return finish(verb, settled(verb, was, process), task, [old, process], world)
}

async function finish(
  verb: Verb,
  found: Settled,
  task: Task,
  [old, now]: readonly [ProcessInfo, ProcessInfo],
  { effects, patience }: World,
): Promise<Outcome> {
  const view = (process: ProcessInfo): TaskView => saidOf(task, { kind: "seen", processes: [process] })
  switch (found) {
    case "not":
      return CHANGES[verb](task, view(now), effects, patience)
    case "half":
      // A half stop is a stop that goes on; of a half restart the start is left.
      return (verb === "stop" ? stopTask : startTask)(
        task,
        view(old.pid > 0 ? { ...now, pid: old.pid } : now),
        effects,
        patience,
      )
    case "happened":
      if (verb === "stop") return saidOf(task, { kind: "changed", note: now.state })
      return awaitHealthy(task, view(old), effects, patience)
  }
}

const LOOK_AGAIN = 300
const MOST_LOOKS = 10

/** What two looks in a row agree on: an order that was still under way at the first shows at the second. */
async function steadyView(task: Task, effects: Effects): Promise<TaskView> {
  let last: TaskView | undefined
  for (let looks = 1; ; looks++) {
    const [view] = (await viewTasks([task], effects, { total: 1, perRegion: 1 })) as [TaskView]
    const agree = last?.kind === "seen" && view.kind === "seen" && shape(last) === shape(view)
    if (agree || looks >= MOST_LOOKS || effects.signals.aborting.aborted) return view
    last = view
    await effects.clock.sleep(LOOK_AGAIN, effects.signals.aborting)
  }
}

function shape(view: TaskView & { readonly kind: "seen" }): string {
  return view.processes
    .map(({ group, name, pid, start, stop, state }) =>
      [group, name, pid, start, stop, isDown(state)].join(" "),
    )
    .join("\n")
}

function notLookedAt(why: string): CallFailure {
  return {
    reason: "cancelled",
    message: `a change was about to be sent when the run was cut short, and nobody has looked since: ${why}`,
    hint: "minos resume goes on and finds out",
    maybeDelivered: true,
  }
}
