import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { lives } from "./process-table.js"

// Milliseconds; Node may wait for a core first.
const START = 30_000

/** A process of a host, whether it lives or not. */
export interface Service {
  pid(): number
  start(command: readonly string[], env: Readonly<Record<string, string>>): Promise<void>
  until(what: string, look: () => boolean): Promise<void>
  kill(): Promise<void>
}

/** A service that does not run yet; whoever's `crashes` these are is told of each end that was not meant. */
export function service(name: string, host: string, log: string, crashes: string[]): Service {
  let child: ChildProcess | undefined
  let meant = false
  const living = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    pid: () => (living() ? (child?.pid ?? 0) : 0),
    start: async ([program = "", ...args], env) => {
      if (living()) throw new Error(`${host}: the ${name} runs already`)
      const file = openSync(log, "a")
      // A session of its own, so that Ctrl-C in the terminal reaches the lab alone, which ends the rest in order.
      const started = spawn(program, args, { env, stdio: ["ignore", file, file], detached: true, cwd: "/" })
      closeSync(file)
      child = started
      meant = false
      started.once("exit", (code, signal) => {
        if (child === started && !meant)
          crashes.push(`the ${name} ended by itself with ${signal ?? code}: ${lastLine(log)}`)
      })
      started.once("error", error => crashes.push(`the ${name} could not be started: ${error.message}`))
    },
    until: async (what, look) => {
      for (const end = Date.now() + START; !look(); await sleep(50)) {
        if (!living()) throw new Error(`${host}: the ${name} ended before it ${what}; see ${log}`)
        if (Date.now() > end) throw new Error(`${host}: the ${name} never ${what}; see ${log}`)
      }
    },
    kill: async () => {
      meant = true
      const pid = living() ? child?.pid : undefined
      if (pid === undefined) return
      send(pid, "SIGKILL")
      while (living() || lives(pid)) await sleep(10)
    },
  }
}

function lastLine(log: string): string {
  return readFileSync(log, "utf8").trimEnd().split("\n").at(-1) ?? ""
}

/** Sends a signal to a process, which may have ended by itself. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}
