import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Counters } from "./counters.js"
import type { FleetOptions } from "./fleet.js"

/** A fleet in a process of its own, so that it does not share a core with whoever calls it. */
export interface FleetElsewhere {
  readonly port: number
  readonly pid: number
  /** What it has seen since it was asked last. */
  taken(): Promise<Counters>
  close(): Promise<void>
}

const PROGRAM = fileURLToPath(new URL("./fleet-process.js", import.meta.url))

/** Starts it; it ends with this process at the latest. */
export async function startFleetElsewhere(options: FleetOptions = {}): Promise<FleetElsewhere> {
  const child = fork(PROGRAM, [JSON.stringify(options)], { execArgv: [] })
  const { port } = (await said(child)) as { readonly port: number }
  return {
    port,
    pid: child.pid ?? 0,
    taken: async () => {
      const answer = said(child)
      child.send("reset")
      return ((await answer) as { readonly counters: Counters }).counters
    },
    close: () =>
      new Promise(resolve => {
        child.once("exit", () => resolve())
        child.disconnect()
      }),
  }
}

function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`the fleet ended with ${code}`))
    child.once("exit", gone)
    child.once("message", message => {
      child.off("exit", gone)
      resolve(message)
    })
  })
}
