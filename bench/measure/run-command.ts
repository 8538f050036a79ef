import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fromTop, PYTHON } from "../top.js"
import type { Command, Run } from "./command.js"
import { busySeconds, cpuSeconds, othersShare } from "./load.js"

const STOPWATCH = fromTop("bench/measure/stopwatch.py")

/**
 * Runs a command to its end; `servers` are the processes whose work belongs to it. What it writes goes through a file, so that nobody
 * has to keep up with it. Throws when it ends with a code that is not as it should be.
 */
export async function runCommand(command: Command, servers: readonly number[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "minos-bench-run-"))
  const [stdout, stderr] = [join(folder, "stdout"), join(folder, "stderr")]
  try {
    const ours = [process.pid, ...servers]
    const before = { busy: busySeconds(), known: cpuSeconds(ours) }
    const { code, ...took } = await stopped(command, stdout, stderr)
    const known = cpuSeconds(ours) - before.known + took.cpu
    if (!(command.codes ?? [0]).includes(code))
      throw new Error(
        `${command.words.join(" ")} ended with ${code}: ${readFileSync(stderr, "utf8").slice(-500)}`,
      )
    return {
      ...took,
      stdout: readFileSync(stdout, "utf8"),
      others: othersShare(busySeconds() - before.busy, known, took.wall),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

type Took = Omit<Run, "stdout" | "others"> & { readonly code: number }

async function stopped(command: Command, stdout: string, stderr: string): Promise<Took> {
  const files = [
    openSync(command.stdin ?? "/dev/null", "r"),
    openSync(stdout, "w"),
    openSync(stderr, "w"),
  ] as const
  const child = spawn(PYTHON, [STOPWATCH, ...command.words], {
    stdio: [...files, "pipe"],
    env: { ...process.env, ...command.env },
  })
  for (const file of files) closeSync(file)
  let told = ""
  child.stdio[3]?.on("data", chunk => {
    told += chunk
  })
  await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve))
  if (told === "")
    throw new Error(`${command.words[0]} could not be started: ${readFileSync(stderr, "utf8").slice(-500)}`)
  return JSON.parse(told)
}
