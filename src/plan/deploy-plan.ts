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
  readonly to: Release
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
    const from = seen?.inspection?.tasks.find(
      deployed => deployed.job === task.job.name && deployed.instance === task.instance,
    )
    return {
      task,
      action: seen?.inspection ? actionFor(from, to, seen.view) : "unknown",
      ...(from ? { from } : {}),
      to,
    }
  })
}

function actionFor(from: DeployedTask | undefined, to: Release, view: TaskView): DeployAction {
  if (!from) return "install"
  if (from.release !== to.id) return "update"
  const running = view.kind === "seen" && view.processes.every(process => process.state === "RUNNING")
  return running ? "none" : "start"
}
