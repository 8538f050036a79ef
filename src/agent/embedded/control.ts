import { isUp } from "../../model/process.js"
import { fault } from "../../rpc/method.js"
import type { Child } from "./child.js"
import { commandProblem } from "./executable.js"
import { signalNumber } from "./signals.js"
import { isActive, SIGNALLABLE_STATES } from "./state.js"

/**
 * supervisord's startProcess: with `wait` it returns when the program is RUNNING.
 * Throws NO_FILE, NOT_EXECUTABLE, ALREADY_STARTED, SPAWN_ERROR, ABNORMAL_TERMINATION or FAILED.
 * @param name as the caller wrote it, for the fault
 */
export async function startChild(child: Child, name: string, wait: boolean): Promise<void> {
  const problem = commandProblem(child.program.command)
  if (problem !== undefined) throw problem
  const { state } = child.status()
  if (isUp(state)) throw fault("ALREADY_STARTED", name)
  // supervisord without `wait` says true here and starts nothing; with `wait` it says what we always say.
  if (state === "STOPPING") throw fault("ABNORMAL_TERMINATION", `${name} is still stopping`)
  if (state === "UNKNOWN") throw fault("FAILED", `${name} is in an unknown process state`)
  child.send({ kind: "start" })
  if (child.status().spawnerr !== "") throw fault("SPAWN_ERROR", name)
  if (!wait) return
  const reached = await child.until(status => status.state !== "STARTING")
  if (reached.state === "RUNNING") return
  throw fault(reached.spawnerr !== "" ? "SPAWN_ERROR" : "ABNORMAL_TERMINATION", name)
}

/**
 * supervisord's stopProcess: with `wait` it returns when the process has ended.
 * A program that EXITED and is about to be restarted can be stopped too; supervisord would restart it.
 * Throws NOT_RUNNING or FAILED.
 */
export async function stopChild(child: Child, name: string, wait: boolean): Promise<void> {
  if (!isActive(child.status())) throw fault("NOT_RUNNING", name)
  child.send({ kind: "stop" })
  if (wait) await stopped(child, name)
  else if (child.status().state === "UNKNOWN") throw fault("FAILED", name)
}

/** Returns when the program neither runs nor will by itself, whatever it did before. Throws FAILED when it may not be signalled. */
export async function ensureStopped(child: Child): Promise<void> {
  child.send({ kind: "stop" })
  await stopped(child, child.program.name)
}

async function stopped(child: Child, name: string): Promise<void> {
  const { state } = await child.until(status => status.state !== "STOPPING")
  if (state === "UNKNOWN") throw fault("FAILED", `${name} cannot be signalled`)
}

/** supervisord's signalProcess. Throws BAD_SIGNAL, NOT_RUNNING or FAILED. */
export function signalChild(child: Child, name: string, signal: string | number): void {
  const number = signalNumber(signal)
  if (number === undefined) throw fault("BAD_SIGNAL", String(signal))
  if (!SIGNALLABLE_STATES.has(child.status().state)) throw fault("NOT_RUNNING", name)
  const why = child.signal(number)
  if (why !== undefined) throw fault("FAILED", why)
}
