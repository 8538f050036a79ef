import type { Host, Task } from "../model/cluster.js"
import { endpointName } from "../model/endpoint.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Subject, TaskView } from "../model/outcome.js"
import { type ProcessInfo, processesOf } from "../model/process.js"
import type { Effects } from "./effects.js"
import type { FanOut } from "./fan-out.js"
import { lookAll } from "./look-all.js"
import { readerOf } from "./read-task.js"
import { poll } from "./settle.js"

/** A task in the names that a report prints. */
export function subject(task: Task): Subject {
  const { name, region, endpoint } = task.host
  return { task: task.name, host: name, region, endpoint: endpointName(endpoint) }
}

/** What is said of a task, behind its names. A spread of them would do as well, and give each object a shape of its own. */
export function saidOf<const T extends object>(task: Task, said: T): Subject & T {
  return Object.assign(subject(task), said)
}

/** What was seen of a fleet. */
export interface FleetView {
  /** In the order of the tasks. */
  readonly views: readonly TaskView[]
  /** Every process of the hosts that answered, also those of no task. */
  readonly processes: ReadonlyMap<Host, readonly ProcessInfo[]>
}

/** What was read of hosts before anything was done to them. */
export interface HostsSeen {
  /** By the clock of the run: none was read before that. */
  readonly since: number
  readonly processes: ReadonlyMap<Host, readonly ProcessInfo[]>
}

/** Reads the state of all tasks: one call a host, all hosts side by side. */
export async function viewFleet(
  tasks: readonly Task[],
  effects: Effects,
  limits: FanOut,
  seen: (host: Host) => void = () => {},
): Promise<FleetView> {
  const tasksOf = new Map<Host, Task[]>()
  for (const task of tasks) {
    const others = tasksOf.get(task.host)
    if (others) others.push(task)
    else tasksOf.set(task.host, [task])
  }
  const hosts = [...tasksOf.keys()]
  const views = new Map<Task, TaskView>()
  const { aborting } = effects.signals
  const answers = await lookAll(
    hosts,
    host => host.region,
    limits,
    effects.clock,
    (host, patience) => effects.supervisor(host).processes(aborting, patience),
    (host, answer) => {
      // At once, while other answers are waited for: after the last of them it would be waited for.
      if (!(answer instanceof CallError))
        for (const task of tasksOf.get(host) as Task[]) views.set(task, view(task, answer))
      seen(host)
    },
  )
  const byHost = new Map(hosts.map((host, n) => [host, answers[n] as Answer]))
  const processes = new Map<Host, readonly ProcessInfo[]>()
  for (const [host, answer] of byHost) if (!(answer instanceof CallError)) processes.set(host, answer)
  return {
    views: tasks.map(task => views.get(task) ?? view(task, byHost.get(task.host) as Answer)),
    processes,
  }
}

/** The views alone; `known` is what was read of hosts before, which are not asked. */
export async function viewTasks(
  tasks: readonly Task[],
  effects: Effects,
  limits: FanOut,
  known: ReadonlyMap<Host, readonly ProcessInfo[]> = new Map(),
): Promise<readonly TaskView[]> {
  const unknown = tasks.filter(task => !known.has(task.host))
  const { views } = await viewFleet(unknown, effects, limits)
  const byTask = new Map(unknown.map((task, n) => [task, views[n] as TaskView]))
  return tasks.map(task => byTask.get(task) ?? view(task, known.get(task.host) as Answer))
}

// Milliseconds besides the timeout of a call: enough for a second try after one that hangs. A longer wait would save nothing, because
// nothing was changed.
const SECOND_TRY = 1_000

/** Reads one task that is about to be changed, by a small call where it is one process. */
export async function viewNow(task: Task, effects: Effects): Promise<TaskView> {
  const { supervisor, clock, signals } = effects
  const read = readerOf(task, supervisor(task.host), signals.aborting)
  const readIfKnown = (): Promise<readonly ProcessInfo[]> =>
    read().catch((error: unknown) => {
      if (error instanceof CallError && error.failure.faultCode === FAULT.BAD_NAME) return []
      throw error
    })
  const patience = task.host.endpoint.timeout + SECOND_TRY
  const found = await poll(
    readIfKnown,
    () => true,
    patience,
    clock,
    signals.aborting,
    processes => ({ kind: "settled", processes }),
  )
  if (found.kind === "silent") return saidOf(task, { kind: "unreachable", failure: found.failure })
  return seenIn(task, found.kind === "settled" ? found.processes : [])
}

type Answer = readonly ProcessInfo[] | CallError

function view(task: Task, answer: Answer): TaskView {
  if (answer instanceof CallError) return saidOf(task, { kind: "unreachable", failure: answer.failure })
  return seenIn(task, processesOf(task.program, answer))
}

function seenIn(task: Task, processes: readonly ProcessInfo[]): TaskView {
  return processes.length === 0
    ? saidOf(task, { kind: "missing", program: task.program })
    : saidOf(task, { kind: "seen", processes })
}
