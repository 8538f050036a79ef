import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

/** A server that was started for an experiment. */
export interface Server {
  readonly pid: number
  /** Ends it, and whatever it ends with itself. */
  end(): Promise<void>
}

const PATIENCE = 60_000
const hasSetpriv = spawnSync("setpriv", ["--version"]).status === 0

/** Starts a server, and waits until something listens on `address`. The kernel ends it when this process ends. */
export async function startServer(
  command: readonly string[],
  address: string,
  port: number,
): Promise<Server> {
  const words = hasSetpriv ? ["setpriv", "--pdeathsig", "TERM", ...command] : command
  const child = spawn(words[0]!, words.slice(1), { stdio: "ignore" })
  const end = (): Promise<void> => ended(child)
  for (const until = Date.now() + PATIENCE; !(await listens(address, port)); await sleep(100)) {
    if (child.exitCode === null && Date.now() < until) continue
    await end()
    throw new Error(`${command.join(" ")} did not come to listen on ${address}:${port}`)
  }
  return { pid: child.pid ?? 0, end }
}

function listens(address: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, address)
    socket.once("error", () => resolve(false))
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** SIGTERM makes a server end its children first; one that cannot is killed. */
function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise(resolve => {
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE)
    child.once("exit", () => {
      clearTimeout(timer)
      resolve()
    })
    child.kill("SIGTERM")
  })
}
