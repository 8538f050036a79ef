import type { ControlRequest } from "../model/deployment.js"
import { fullName, isDown, isUp, type ProcessInfo, processesOf } from "../model/process.js"
import { fault } from "../rpc/method.js"
import type { Backend } from "./backend.js"
import type { Recorded } from "./operation-journal.js"
import type { Step } from "./operations.js"

/** Starts, stops or restarts the processes of a program. A restart is one operation: it ends with them started. */
export async function control(
  { program, action }: Pick<ControlRequest, "program" | "action">,
  step: Step,
  backend: Backend,
): Promise<void> {
  const processes = await processesOfProgram(program, backend)
  if (action !== "start") {
    const pids = Object.fromEntries(processes.map(process => [fullName(process), process.pid]))
    await step("stop", "stopping the task", () => each(processes, name => backend.stop(name)), { pids })
  }
  if (action !== "stop")
    await step("apply", "starting the task", () => each(processes, name => backend.start(name)))
  await step("gate", "looking at the task", async () =>
    reached(await processesOfProgram(program, backend), action),
  )
}

/**
 * Brings what a crash cut off to its end. A process that was to be stopped and still is the one it was is stopped now; one that
 * is another was restarted already.
 */
export async function recoverControl(
  { intent, step: last }: Recorded,
  step: Step,
  backend: Backend,
): Promise<"over" | "never"> {
  if (!last) return "never"
  const { program, action } = intent.args as Pick<ControlRequest, "program" | "action">
  const processes = await processesOfProgram(program, backend)
  const { pids = {} } = last.facts as { pids?: Readonly<Record<string, number>> }
  if (last.name === "stop") {
    const same = processes.filter(process => process.pid !== 0 && pids[fullName(process)] === process.pid)
    await step("stop", "stopping the task after a crash", () => each(same, name => backend.stop(name)))
  }
  if (action !== "stop")
    await step("apply", "starting the task after a crash", () => each(processes, name => backend.start(name)))
  return "over"
}

async function processesOfProgram(program: string, backend: Backend): Promise<readonly ProcessInfo[]> {
  const processes = processesOf(program, await backend.processes())
  if (processes.length === 0) throw fault("BAD_NAME", program)
  return processes
}

async function each(processes: readonly ProcessInfo[], act: (name: string) => Promise<void>): Promise<void> {
  await Promise.all(processes.map(process => act(fullName(process))))
}

/** Whether a start keeps going is told by later looks; that nothing is left after a stop is told now. */
function reached(processes: readonly ProcessInfo[], action: ControlRequest["action"]): void {
  const wrong = action === "stop" ? processes.find(({ state }) => isUp(state) && !isDown(state)) : undefined
  if (wrong) throw fault("STILL_RUNNING", fullName(wrong))
}
