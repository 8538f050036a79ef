import type { UnfoldedHost } from "../hosts.js"
import { isTemplate } from "../is-template.js"
import { type Located, type LocatedMap, type LocatedScalar, valueAt } from "../located.js"
import { mergeOver } from "../merge.js"
import type { PlacedJob, PlacedTask } from "../place.js"
import type { Scope } from "../template/scope.js"

import { folderMark, type Lot } from "./folder-marks.js"
import { lazyObject, lazyValue, type RenderScalar } from "./lazy.js"

import { renderText } from "./render-tree.js"
import { rendererOf, type TextRenderer } from "./text-renderer.js"
import { VariableError } from "./variable-error.js"

/** What is known of a cluster before its tasks are rendered. */
export interface KnownCluster {
  readonly service: string
  readonly cluster: string
  readonly jobs: readonly PlacedJob[]
}

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

/** What a text reads that is not the same for all tasks of a job. */
export interface Reads {
  /** Something of the task, or of its host. */
  readonly task: boolean
  /** One of its folders. */
  readonly folder: boolean
}

/** How the variables of one task are read. */
export interface Reading {
  /** Which of the two marks stands for a folder. */
  readonly lot: Lot
  /** Hears of each read of the task, or of a folder of it. */
  readonly note: (read: Partial<Reads>) => void
  /** Puts variables into what variables are made of. */
  readonly render: TextRenderer
}

type Members = readonly (readonly [string, () => unknown])[]

/** What is known outside of tasks: `service`, `cluster`, `package` and `vars`, with the job's own ones inside of a job. */
export function outerScope(root: LocatedMap, job?: string): Scope {
  const scope: Scope = lazyObject(outerMembers(root, job, text => rendererOf(scope)(text)))
  return scope
}

/** What is known to one task: all of that, itself, its host, its job, all jobs, and other clusters. */
export function taskScope(
  task: PlacedTask,
  { root, jobs, other, used }: Known,
  { lot, note, render }: Reading,
): Scope {
  const members: Members = [
    ...outerMembers(root, task.job.name, render),
    ["task", () => ownTask(task, lot, port => noteUse(used, task, port), note)],
    ["host", () => hostView(task.host)],
    ["job", () => jobView(task.job)],
    ["jobs", () => jobsView(jobs)],
    ["clusters", () => clustersView(other)],
  ]
  return lazyObject(members, name => {
    if (name === "task" || name === "host") note({ task: true })
  })
}

function outerMembers(root: LocatedMap, job: string | undefined, render: TextRenderer): Members {
  const inner = rendering(render)
  const part = (key: string) => [key, () => lazyValue(valueAt(root, [key]) ?? NOTHING(root), inner)] as const
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

const NOTHING = (root: LocatedMap): Located => ({ ...root, kind: "map", entries: new Map() })

function varsOf(root: LocatedMap, job: string | undefined): Located {
  const top = mapAt(root, ["vars"])
  const own = job === undefined ? undefined : mapAt(root, ["jobs", job, "vars"])
  if (top === undefined || own === undefined) return own ?? top ?? NOTHING(root)
  return mergeOver(top, own)
}

function mapAt(root: LocatedMap, path: readonly string[]): LocatedMap | undefined {
  const at = valueAt(root, path)
  return at?.kind === "map" ? at : undefined
}

const views = new WeakMap<PlacedTask, object>()

/** A task as others see it, made once. */
function taskView(task: PlacedTask): object {
  const before = views.get(task)
  if (before) return before
  const view = lazyObject(taskMembers(task, () => {}))
  views.set(task, view)
  return view
}

/** What is known of a task; the ports only where its job has any. */
function taskMembers(
  { job, name, number, instance, host, port }: PlacedTask,
  use: (port: number) => void,
): Members {
  const address = host.address ?? ""
  return [
    ["name", () => name],
    ["number", () => number],
    ["instance", () => instance],
    ["host", () => host.name],
    ["region", () => host.region],
    ["address", () => address],
    ["labels", () => labelsView(host.labels)],
    ...(port === undefined
      ? []
      : ([
          ["port", () => port],
          ["ports", () => portsView(job, port, use)],
          ["endpoint", () => `${address.includes(":") ? `[${address}]` : address}:${port}`],
        ] as const)),
  ]
}

function portsView({ portStep, ports }: PlacedJob, port: number, use: (port: number) => void): object {
  const taken = (n: number): number => {
    use(port + n)
    return port + n
  }
  return lazyObject([
    ...Array.from({ length: portStep }, (_, n) => [String(n), () => taken(n)] as const),
    ...Object.entries(ports).map(([name, n]) => [name, () => taken(n)] as const),
  ])
}

function noteUse(used: PortUse, task: PlacedTask, port: number): void {
  const ports = used.get(task)
  if (ports) ports.add(port)
  else used.set(task, new Set([port]))
}

/** A task as it sees itself, with the folders that only its agent knows. */
function ownTask(
  task: PlacedTask,
  lot: Lot,
  use: (port: number) => void,
  note: (read: Partial<Reads>) => void,
): object {
  const [main = 0] = task.job.data
  const folders: Members = [
    ["data", () => folderMark(lot, "data", main)],
    ["dataFolders", () => task.job.data.map(disk => folderMark(lot, "data", disk))],
    ["log", () => folderMark(lot, "log")],
    ["run", () => folderMark(lot, "run")],
    ["files", () => folderMark(lot, "files")],
    ["package", () => folderMark(lot, "package")],
  ]
  const names = new Set(folders.map(([name]) => name))
  return lazyObject([...taskMembers(task, use), ...folders], name => {
    if (names.has(name)) note({ folder: true })
  })
}

function hostView(host: UnfoldedHost): object {
  return lazyObject([
    ["name", () => host.name],
    ["region", () => host.region],
    ["address", () => host.address ?? ""],
    ["labels", () => labelsView(host.labels)],
  ])
}

function labelsView(labels: object): object {
  return lazyObject(Object.entries(labels).map(([name, value]) => [name, () => value]))
}

function jobView({ name, basePort, hosts, tasks }: PlacedJob): object {
  return lazyObject([
    ["name", () => name],
    ...(basePort === undefined ? [] : ([["basePort", () => basePort]] as const)),
    ["hosts", () => hosts.map(hostView)],
    ["tasks", () => tasks.map(taskView)],
  ])
}

const jobViews = new WeakMap<readonly PlacedJob[], object>()

function jobsView(jobs: readonly PlacedJob[]): object {
  const before = jobViews.get(jobs)
  if (before) return before
  const view = lazyObject(jobs.map(job => [job.name, () => jobView(job)]))
  jobViews.set(jobs, view)
  return view
}

/** Other clusters, each read when a template names it: they are not known beforehand. */
function clustersView(other: (name: string) => KnownCluster): object {
  const view = (name: string): object => {
    const { service, cluster, jobs } = other(name)
    return lazyObject([
      ["service", () => service],
      ["cluster", () => cluster],
      ["jobs", () => jobsView(jobs)],
    ])
  }
  const isThere = (name: string | symbol): name is string => typeof name === "string" && isClusterName(name)
  return new Proxy(Object.create(null) as object, {
    get: (_, name) => (isThere(name) ? view(name) : undefined),
    has: (_, name) => isThere(name),
    // Whether it is there is asked first, and what is wrong with it only a read may throw.
    getOwnPropertyDescriptor: (_, name) =>
      isThere(name) ? { configurable: true, enumerable: true, value: undefined } : undefined,
  })
}

function isClusterName(name: string): boolean {
  return /^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)
}
