import type { Host, Task } from "../model/cluster.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Sight } from "../model/lease.js"
import { type ProcessInfo, processesOf } from "../model/process.js"
import type { HostSupervisor } from "./effects.js"

/** Whether a task is all that is in a group of its supervisor. */
export function isGroup({ program }: Task): boolean {
  return program.endsWith(":*")
}

/** How much of each host is to be read for these tasks. */
export function sightsOf(tasks: readonly Task[]): ReadonlyMap<Host, Sight> {
  const sights = new Map<Host, Sight>()
  for (const task of tasks) {
    const isAlone = !sights.has(task.host) && !isGroup(task)
    sights.set(task.host, isAlone ? { process: task.program } : "all")
  }
  return sights
}

/** Reads the processes of a task, at least one; rejects with a CallError only. */
export function readerOf(
  task: Task,
  supervisor: HostSupervisor,
  signal: AbortSignal,
): () => Promise<readonly ProcessInfo[]> {
  if (!isGroup(task)) return async () => [await supervisor.process(task.program, signal)]
  return async () => {
    const processes = processesOf(task.program, await supervisor.processes(signal))
    if (processes.length > 0) return processes
    throw new CallError({
      reason: "fault",
      message: `the group of ${task.program} is gone`,
      hint: "someone removed it from the supervisor meanwhile; minos status shows what is there",
      faultCode: FAULT.BAD_NAME,
      maybeDelivered: false,
    })
  }
}
