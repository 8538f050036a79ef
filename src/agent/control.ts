import type { ControlRequest } from "../model/deployment.js"
import { fullName, isUp, type ProcessInfo, processesOf } from "../model/process.js"
import { fault } from "../rpc/method.js"
import type { Backend } from "./backend.js"
import type { Recorded } from "./operation-journal.js"
import type { Step } from "./operations.js"

/** What is to be done once a process that ran was stopped; never rejects. */
export type Stopped = (process: ProcessInfo) => Promise<void>

/** Starts, stops or restarts the processes of a program. A restart is one operation: it ends with them started. */
export async function control(
  { program, action }: Pick<ControlRequest, "program" | "action">,
  step: Step,
  backend: Backend,
  stopped: Stopped,
): Promise<void> {
  const processes = await processesOfProgram(program, backend)
  if (action === "stop" || action === "restart") {
    const pids = Object.fromEntries(processes.map(process => [fullName(process), process.pid]))
    await step("stop", "stopping the task", () => stopEach(action, processes, backend, stopped), { pids })
  }
  if (action !== "stop") await startAll(processes, step, backend)
  await step("gate", "looking at the task", () => reached(program, action, backend))
}

/**
 * Brings what a crash cut off to its end. Of a restart, a process that is another than it was has been restarted already; what
 * was to be stopped is stopped whatever it is now.
 */
export async function recoverControl(
  { intent, step: last }: Recorded,
  step: Step,
  backend: Backend,
  stopped: Stopped,
): Promise<"over" | "never"> {
  if (!last) return "never"
  const { program, action } = intent.args as Pick<ControlRequest, "program" | "action">
  const processes = await processesOfProgram(program, backend)
  const { pids = {} } = last.facts as { pids?: Readonly<Record<string, number>> }
  const isOld = (process: ProcessInfo): boolean =>
    process.pid !== 0 && pids[fullName(process)] === process.pid
  const left = action === "stop" ? processes : processes.filter(isOld)
  if (last.name === "stop" || action === "stop")
    await step("stop", "stopping the task after a crash", () => stopEach(action, left, backend, stopped))
  if (action !== "stop") await startAll(processes, step, backend)
  await step("gate", "looking at the task", () => reached(program, action, backend))
  return "over"
}

/** Of a restart whose stop fails for one process, the others must not stay stopped. */
async function stopEach(
  action: ControlRequest["action"],
  processes: readonly ProcessInfo[],
  backend: Backend,
  stopped: Stopped,
): Promise<void> {
  try {
    await each(processes, name => backend.stop(name))
    const live = processes.filter(({ pid }) => pid !== 0)
    await Promise.all(live.map(process => stopped(process)))
  } catch (error) {
    if (action === "restart") await each(processes, name => backend.start(name)).catch(() => {})
    throw error
  }
}

/** Also when the step cannot be written down: what a restart has stopped must not stay so. */
async function startAll(processes: readonly ProcessInfo[], step: Step, backend: Backend): Promise<void> {
  const start = (): Promise<void> => each(processes, name => backend.start(name))
  let begun = false
  try {
    await step("apply", "starting the task", () => {
      begun = true
      return start()
    })
  } catch (error) {
    if (!begun) await start()
    throw error
  }
}

/** Throws BAD_NAME when the supervisor knows none. */
export async function processesOfProgram(program: string, backend: Backend): Promise<readonly ProcessInfo[]> {
  const processes = processesOf(program, await backend.processes())
  if (processes.length === 0) throw fault("BAD_NAME", program)
  return processes
}

/** All of them, whatever becomes of one; the first failure is thrown when the last has ended. */
async function each(processes: readonly ProcessInfo[], act: (name: string) => Promise<void>): Promise<void> {
  const ends = await Promise.allSettled(processes.map(process => act(fullName(process))))
  for (const end of ends) if (end.status === "rejected") throw end.reason
}

/** Whether a start keeps going is told by later looks; that nothing is left after a stop is told now. */
async function reached(program: string, action: ControlRequest["action"], backend: Backend): Promise<void> {
  const processes = await processesOfProgram(program, backend)
  const wrong = action === "stop" ? processes.find(({ state }) => isUp(state)) : undefined
  if (wrong) throw fault("STILL_RUNNING", fullName(wrong))
}
