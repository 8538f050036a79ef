import { folderMark } from "../folder-marks.js"
import { isTemplate } from "../is-template.js"
import { type Located, type LocatedMap, type LocatedScalar, valueAt } from "../located.js"
import { mergeOver } from "../merge.js"
import type { PlacedJob, PlacedTask } from "../place.js"
import type { Scope } from "../template/scope.js"

import { lazyObject, lazyValue, type RenderScalar } from "./lazy.js"

import { renderText } from "./render-tree.js"
import { rendererOf, type TextRenderer } from "./text-renderer.js"
import { VariableError } from "./variable-error.js"
import {
  clustersView,
  hostView,
  jobsView,
  jobView,
  type KnownCluster,
  type Members,
  taskMembers,
} from "./views.js"

/** What the variables of a file refer to. */
export interface Known {
  /** The file, all that it extends laid under it. */
  readonly root: LocatedMap
  readonly jobs: readonly PlacedJob[]
  /** Another cluster by `service/cluster`. Throws OtherClusterError. */
  readonly other: (name: string) => KnownCluster
  /** Gets the ports that tasks name by number. */
  readonly used: PortUse
}

/** The ports of its own that a task names by number: `task.ports[3]`. */
export type PortUse = Map<PlacedTask, Set<number>>

/** How the variables of one task are read. */
export interface Reading {
  /** Hears of each read of the task or of its host: of what is not the same for all tasks of a job. */
  readonly note: () => void
  /** Puts variables into what variables are made of. */
  readonly render: TextRenderer
}

/** What is known outside of tasks: `service`, `cluster`, `package` and `vars`, with the job's own ones inside of a job. */
export function outerScope(root: LocatedMap, job?: string): Scope {
  const scope: Scope = lazyObject(outerMembers(root, job, text => rendererOf(scope)(text)))
  return scope
}

/** What is known to one task: all of that, itself, its host, its job, all jobs, and other clusters. */
export function taskScope(
  task: PlacedTask,
  { root, jobs, other, used }: Known,
  { note, render }: Reading,
): Scope {
  const members: Members = [
    ...outerMembers(root, task.job.name, render),
    ["task", () => ownTask(task, port => noteUse(used, task, port))],
    ["host", () => hostView(task.host)],
    ["job", () => jobView(task.job)],
    ["jobs", () => jobsView(jobs)],
    ["clusters", () => clustersView(other)],
  ]
  return lazyObject(members, name => {
    if (name === "task" || name === "host") note()
  })
}

function outerMembers(root: LocatedMap, job: string | undefined, render: TextRenderer): Members {
  const inner = rendering(render)
  const part = (key: string) => [key, () => lazyValue(valueAt(root, [key]) ?? nothing(root), inner)] as const
  return [
    part("service"),
    part("cluster"),
    ...(root.entries.has("package") ? [part("package")] : []),
    ["vars", () => lazyValue(varsOf(root, job), inner)],
  ]
}

/** Variables inside of variables; one that comes back to itself is an error at its place. */
function rendering(render: TextRenderer): RenderScalar {
  const open = new Set<LocatedScalar>()
  return (scalar, text) => {
    if (!isTemplate(text)) return text
    if (open.has(scalar)) {
      const message = "this variable refers to itself"
      throw new VariableError({
        code: "UNKNOWN_VARIABLE",
        at: { from: scalar.from, offset: scalar.offset },
        message,
      })
    }
    open.add(scalar)
    try {
      return renderText(text, scalar, "value", render)
    } finally {
      open.delete(scalar)
    }
  }
}

function nothing(root: LocatedMap): Located {
  return { ...root, kind: "map", entries: new Map() }
}

function varsOf(root: LocatedMap, job: string | undefined): Located {
  const top = mapAt(root, ["vars"])
  const own = job === undefined ? undefined : mapAt(root, ["jobs", job, "vars"])
  if (top === undefined || own === undefined) return own ?? top ?? nothing(root)
  return mergeOver(top, own)
}

function mapAt(root: LocatedMap, path: readonly string[]): LocatedMap | undefined {
  const at = valueAt(root, path)
  return at?.kind === "map" ? at : undefined
}

/** A task as it sees itself, with the folders that only its agent knows. */
function ownTask(task: PlacedTask, use: (port: number) => void): object {
  const [main = 0] = task.job.data
  const folders: Members = [
    ["data", () => folderMark("data", main)],
    ["dataFolders", () => task.job.data.map(disk => folderMark("data", disk))],
    ["log", () => folderMark("log")],
    ["run", () => folderMark("run")],
    ["files", () => folderMark("files")],
    ["package", () => folderMark("package")],
  ]
  return lazyObject([...taskMembers(task, use), ...folders])
}

function noteUse(used: PortUse, task: PlacedTask, port: number): void {
  const ports = used.get(task)
  if (ports) ports.add(port)
  else used.set(task, new Set([port]))
}
