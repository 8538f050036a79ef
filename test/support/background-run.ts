import type { ChildProcess } from "node:child_process"
import { join } from "node:path"
import { RUN } from "./minos.js"
import { ended, launch } from "./processes.js"

/** A run of the command line that goes on beside the test. */
export interface BackgroundRun {
  readonly child: ChildProcess
  /** The id of its operation, as soon as it said it. */
  run(): string | undefined
  /** What it wrote to stderr. */
  said(): string
  /** Its exit code, and what it printed as JSON. */
  readonly end: Promise<{ readonly code: number | null; readonly json: any }>
}

/** Starts `minos ... --json` in the folder, which is its home as well. */
export function beginRun(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>>,
): BackgroundRun {
  const child = launch(process.execPath, [RUN, ...args, "--json"], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  running.push(child)
  let out = ""
  let err = ""
  child.stdout?.on("data", chunk => {
    out += chunk
  })
  child.stderr?.on("data", chunk => {
    err += chunk
  })
  const end = new Promise<{ code: number | null; json: any }>(resolve => {
    child.once("close", code => resolve({ code, json: out === "" ? undefined : JSON.parse(out) }))
  })
  return { child, run: () => /^\w-\d+-\d+-\w+/m.exec(err)?.[0], said: () => err, end }
}

const running: ChildProcess[] = []

/** Kills what still runs; for the end of each test. */
export async function killRuns(): Promise<void> {
  for (const child of running.splice(0)) {
    child.kill("SIGKILL")
    await ended(child)
  }
}

/** Short enough to wait for the end of a lease, long enough that a slow machine renews it in time. */
export const SHORT_LEASE = { MINOS_TEST: "1", MINOS_LEASE_SECONDS: "6" }

/** An operator's machine: what is kept on one, the others do not see. */
export function operatorMachine(
  folder: string,
  name: string,
): { readonly env: Readonly<Record<string, string>>; readonly state: string } {
  const state = join(folder, `state-${name}`)
  return { state, env: { ...SHORT_LEASE, MINOS_PASSWORD: "pass-word-1", MINOS_STATE_DIR: state } }
}
