import type { Host, Task } from "../model/cluster.js"
import { endpointName } from "../model/endpoint.js"
import { CallError } from "../model/failure.js"
import type { Subject, TaskView } from "../model/outcome.js"
import { type ProcessInfo, processesOf } from "../model/process.js"
import type { Effects } from "./effects.js"
import type { FanOut } from "./fan-out.js"
import { lookAll } from "./look-all.js"

/** A task in the names that a report prints. */
export function subject(task: Task): Subject {
  const { name, region, endpoint } = task.host
  return { task: task.name, host: name, region, endpoint: endpointName(endpoint) }
}

/** What was seen of a fleet. */
export interface FleetView {
  /** In the order of the tasks. */
  readonly views: readonly TaskView[]
  /** Every process of the hosts that answered, also those of no task. */
  readonly processes: ReadonlyMap<Host, readonly ProcessInfo[]>
}

/** Reads the state of all tasks: one call a host, all hosts side by side. */
export async function viewFleet(
  tasks: readonly Task[],
  effects: Effects,
  limits: FanOut,
  seen: (host: Host) => void = () => {},
): Promise<FleetView> {
  const hosts = [...new Set(tasks.map(task => task.host))]
  const { aborting } = effects.signals
  const answers = await lookAll(
    hosts,
    host => host.region,
    limits,
    effects.clock,
    (host, patience) =>
      effects
        .supervisor(host)
        .processes(aborting, patience)
        .finally(() => seen(host)),
  )
  const byHost = new Map(hosts.map((host, n) => [host, answers[n] as Answer]))
  const processes = new Map<Host, readonly ProcessInfo[]>()
  for (const [host, answer] of byHost) if (!(answer instanceof CallError)) processes.set(host, answer)
  return { views: tasks.map(task => view(task, byHost.get(task.host) as Answer)), processes }
}

/** The views alone. */
export async function viewTasks(
  tasks: readonly Task[],
  effects: Effects,
  limits: FanOut,
): Promise<readonly TaskView[]> {
  return (await viewFleet(tasks, effects, limits)).views
}

type Answer = readonly ProcessInfo[] | CallError

function view(task: Task, answer: Answer): TaskView {
  if (answer instanceof CallError) return { ...subject(task), kind: "unreachable", failure: answer.failure }
  const processes = processesOf(task.program, answer)
  return processes.length === 0
    ? { ...subject(task), kind: "missing", program: task.program }
    : { ...subject(task), kind: "seen", processes }
}
