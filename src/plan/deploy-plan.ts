import type { Task } from "../model/cluster.js"
import type { DeployedTask, Inspection } from "../model/deployment.js"
import type { TaskView } from "../model/outcome.js"
import type { Release } from "../model/release.js"

/** What a deploy will do to one task. */
export interface DeployStep {
  readonly task: Task
  readonly action: DeployAction
  /** What is there now; absent where nothing was deployed. */
  readonly from?: DeployedTask
  readonly to: Target
  /** The whole release, where it has to be prepared first; a rollback goes to one that the host keeps. */
  readonly release?: Release
}

/** A release by what a report says of it. */
export interface Target {
  readonly id: string
  readonly package: { readonly version: string }
}

/**
 * `install`: new here; `update`: another release runs; `start`: the right release, not running; `none`: all as wanted;
 * `unknown`: the host did not answer, so nothing is known of what is there.
 */
export type DeployAction = "install" | "update" | "start" | "none" | "unknown"

/** What a task looks like before a deploy: its processes, and what its agent keeps. */
export interface Before {
  readonly view: TaskView
  /** Absent where the host did not answer. */
  readonly inspection?: Inspection
}

/** Decides what to do with each task. A task that runs the right release is left alone. */
export function planDeploy(
  tasks: readonly Task[],
  releaseOf: (task: Task) => Release,
  before: ReadonlyMap<Task, Before>,
): readonly DeployStep[] {
  return tasks.map(task => {
    const to = releaseOf(task)
    const seen = before.get(task)
    const from = deployedAs(task, seen)
    return {
      task,
      action: seen?.inspection ? actionFor(from, to, seen.view) : "unknown",
      ...(from ? { from } : {}),
      to,
      release: to,
    }
  })
}

/** A release to go back to on one host, or why there is none. */
export type FormerRelease = { readonly target: Target } | { readonly missing: string }

/**
 * Decides what a rollback does with each task. `wanted` is a version, the start of a release's id, or an operation, whose
 * switch is undone; absent: the release before the current one; it may be another for each task. A task whose host does not keep it is named, and then
 * nothing must begin.
 */
export function planRollback(
  tasks: readonly Task[],
  wanted: string | undefined | ((task: Task) => string | undefined),
  before: ReadonlyMap<Task, Before>,
): { readonly steps: readonly DeployStep[]; readonly missing: readonly string[] } {
  const missing: string[] = []
  const steps = tasks.map((task): DeployStep => {
    const seen = before.get(task)
    const from = deployedAs(task, seen)
    if (!seen?.inspection) return { task, action: "unknown", to: NOWHERE }
    const former = from
      ? formerRelease(from, typeof wanted === "function" ? wanted(task) : wanted)
      : { missing: "nothing is deployed" }
    if ("missing" in former) {
      missing.push(`${task.name} on ${task.host.name}: ${former.missing}`)
      return { task, action: "none", ...(from ? { from } : {}), to: NOWHERE }
    }
    return {
      task,
      action: actionFor(from, former.target, seen.view),
      ...(from ? { from } : {}),
      to: former.target,
    }
  })
  return { steps, missing }
}

const NOWHERE: Target = { id: "", package: { version: "?" } }

function formerRelease(from: DeployedTask, wanted: string | undefined): FormerRelease {
  if (wanted === undefined && from.previous === "") return { missing: "there is no release before this one" }
  // The first switch of it: an operation that was reverted switched twice.
  const undone = from.switches.findLast(({ op }) => wanted !== undefined && op.startsWith(`${wanted}/`))?.from
  const found = from.releases.find(kept =>
    wanted === undefined
      ? kept.release === from.previous
      : kept.release === undone ||
        kept.version === wanted ||
        (wanted.length >= 4 && kept.release.startsWith(wanted)),
  )
  if (found) return { target: { id: found.release, package: { version: found.version } } }
  return { missing: `it does not keep ${wanted ?? from.previous}` }
}

function deployedAs(task: Task, seen: Before | undefined): DeployedTask | undefined {
  return seen?.inspection?.tasks.find(
    deployed => deployed.job === task.job.name && deployed.instance === task.instance,
  )
}

function actionFor(from: DeployedTask | undefined, to: Target, view: TaskView): DeployAction {
  if (!from) return "install"
  if (from.release !== to.id) return "update"
  const running = view.kind === "seen" && view.processes.every(process => process.state === "RUNNING")
  return running ? "none" : "start"
}
