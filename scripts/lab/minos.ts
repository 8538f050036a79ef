import { spawn } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { RunSeen } from "./observation.js"

/** Runs the command line as an operator does. */
export type Operator = (args: readonly string[], disturb?: Disturbance) => Promise<RunSeen>

/** Signals that a run gets, each so many milliseconds after its start. */
export type Disturbance = readonly {
  readonly signal: "SIGKILL" | "SIGINT" | "SIGTERM"
  readonly after: number
}[]

const MINOS = fileURLToPath(new URL("../../../bin/run.js", import.meta.url))
// A run that takes longer waits for something without a deadline.
const LONGEST = 240_000

/** An operator with a state folder below `folder`; what each run writes is kept there too. */
export function operator(folder: string, password: string, interrupted: AbortSignal): Operator {
  const said = join(folder, "operator")
  const state = join(said, "state")
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const env = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: said,
    LANG: "C.UTF-8",
    MINOS_LAB: folder,
    MINOS_PASSWORD: password,
    MINOS_STATE_DIR: state,
  }
  let count = 0
  return (args, disturb = []) => {
    const file = join(said, `${String(++count).padStart(4, "0")}-${args[0]}`)
    return new Promise((resolve, reject) => {
      interrupted.throwIfAborted()
      const began = Date.now()
      const child = spawn(process.execPath, [MINOS, ...args, "--json"], {
        env,
        cwd: said,
        stdio: ["ignore", "pipe", "pipe"],
        detached: true,
      })
      let stdout = ""
      let stderr = ""
      let hung = false
      const signals: string[] = []
      child.stdout.on("data", chunk => {
        stdout += chunk
      })
      child.stderr.on("data", chunk => {
        stderr += chunk
      })
      const timers = disturb.map(({ signal, after }) =>
        setTimeout(() => {
          signals.push(signal)
          child.kill(signal)
        }, after),
      )
      const longest = setTimeout(() => {
        hung = true
        child.kill("SIGKILL")
      }, LONGEST)
      const give = (): void => void child.kill("SIGKILL")
      interrupted.addEventListener("abort", give, { once: true })
      child.once("error", reject)
      child.once("close", code => {
        for (const timer of [...timers, longest]) clearTimeout(timer)
        interrupted.removeEventListener("abort", give)
        writeFileSync(`${file}.out`, stdout)
        writeFileSync(`${file}.err`, stderr)
        const report = parsed(stdout)
        resolve({ args, file, code, signals, hung, began, ended: Date.now(), ...(report ? { report } : {}) })
      })
    })
  }
}

function parsed(text: string): RunSeen["report"] {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
