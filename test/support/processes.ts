import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

const hasSetpriv = spawnSync("setpriv", ["--version"]).status === 0

// The kernel ends the child when its parent dies, so that a crashed test worker leaves nothing behind.
function tied(command: string, args: readonly string[]): [string, string[]] {
  return hasSetpriv ? ["setpriv", ["--pdeathsig", "TERM", command, ...args]] : [command, [...args]]
}

/** A child process that the kernel ends together with this one. */
export function launch(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const [program, all] = tied(command, args)
  return spawn(program, all, options)
}

/** True while a process of this id exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8")
    return !status.slice(status.lastIndexOf(")") + 2).startsWith("Z")
  } catch {
    return false
  }
}

/** The ids of the direct children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    return text.split(" ").filter(Boolean).map(Number)
  } catch {
    return []
  }
}

/** Kills a process at once together with its children and the process groups that these lead. */
export function killTree(pid: number): void {
  // Stopped first, so that it starts no further child between the look and the kill.
  send(pid, "SIGSTOP")
  const children = childrenOf(pid)
  send(pid, "SIGKILL")
  for (const child of children) {
    send(-child, "SIGKILL")
    send(child, "SIGKILL")
  }
}

/** Resolves when the child has ended. */
export function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => child.once("exit", () => resolve()))
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already, which is what was wanted.
  }
}
