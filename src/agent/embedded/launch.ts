import { type ChildProcess, spawn } from "node:child_process"
import type { Writable } from "node:stream"
import { setTimeout as sleep } from "node:timers/promises"
import type { Program } from "../backend.js"
import { commandProblem, directoryProblem } from "./executable.js"
import { type Output, openOutput } from "./output.js"

/** A process that was started. */
export interface Launched {
  readonly pid: number
  /** Sends a signal to it or to its group; an ended process is no error. Throws when it may not be signalled. */
  signal(signal: string | number, group: boolean): void
  /** Gives bytes to its standard input; false when it closed that or does not read it. */
  write(bytes: Buffer): Promise<boolean>
}

/** What a launch tells, each at most once: either `failed`, or `gone` and a little later `exited`. */
export interface LaunchListener {
  failed(why: string): void
  /** The process has ended; its last output is still being written. */
  gone(): void
  /** @param code -1 when a signal ended it */
  exited(code: number): void
  log(message: string): void
}

/** Bytes of standard input kept for a program that does not read. */
const UNREAD = 1024 * 1024

/**
 * Starts the program in a process group of its own, its output going to its logs. Undefined when `failed` was or will be told.
 * `as` stands before its command: words that run it as another user, in the same process.
 */
export function launch(
  program: Program,
  as: readonly string[],
  listener: LaunchListener,
): Launched | undefined {
  const problem = withoutCode(commandProblem(program.command)?.message) ?? directoryProblem(program.directory)
  if (problem !== undefined) return refuse(listener, problem)
  let output: Output
  try {
    output = openOutput(program, listener.log)
  } catch (error) {
    return refuse(listener, `can't open the log: ${(error as Error).message}`)
  }
  const child = start(program, as, output)
  if (child instanceof Error || child.pid === undefined) {
    output.abandon()
    if (child instanceof Error) return refuse(listener, child.message)
    child.once("error", error => listener.failed(error.message))
    return undefined
  }
  output.copyFrom(child)
  return follow(child, child.pid, output, listener)
}

function refuse(listener: LaunchListener, why: string): undefined {
  listener.failed(why)
}

/** `NO_FILE: can't find command` without the code, as supervisord's spawnerr has it. */
function withoutCode(message: string | undefined): string | undefined {
  return message?.replace(/^[A-Z_]+: /, "")
}

function start(program: Program, as: readonly string[], output: Output): ChildProcess | Error {
  const [command = program.command, ...args] = [...as, program.command]
  try {
    return spawn(command, args, {
      cwd: program.directory,
      env: environment(program.name),
      // A session of its own: signals to the agent's terminal do not reach it, and kill(-pid) reaches its children.
      detached: true,
      stdio: ["pipe", ...output.stdio],
    })
  } catch (error) {
    return error as Error
  }
}

/** The agent's own environment as supervisord passes its own on, but for minos' settings, which hold passwords. */
function environment(name: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([key]) => !key.startsWith("MINOS_"))
  return {
    ...Object.fromEntries(own),
    SUPERVISOR_ENABLED: "1",
    SUPERVISOR_PROCESS_NAME: name,
    SUPERVISOR_GROUP_NAME: name,
  }
}

function follow(child: ChildProcess, pid: number, output: Output, listener: LaunchListener): Launched {
  const stdin = child.stdin as Writable
  // An unread or closed standard input is the program's affair; without a listener the error would end the agent.
  stdin.on("error", () => {})
  let alive = true
  child.once("exit", async code => {
    alive = false
    listener.gone()
    stdin.destroy()
    await output.finish()
    listener.exited(code ?? -1)
  })
  return {
    pid,
    signal(signal, group) {
      if (alive) kill(group ? -pid : pid, signal)
    },
    async write(bytes) {
      if (!alive || !stdin.writable || stdin.writableLength > UNREAD) return false
      const taken = new Promise<boolean>(resolve => stdin.write(bytes, error => resolve(!error)))
      // A closed pipe says so at once; a full one says nothing until the program reads.
      return Promise.race([taken, sleep(50, true)])
    },
  }
}

function kill(pid: number, signal: string | number): void {
  try {
    process.kill(pid, signal as NodeJS.Signals)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}
