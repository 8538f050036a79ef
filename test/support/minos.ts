import type { ChildProcess } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { execa } from "execa"
import { afterAll } from "vitest"
import { launch } from "./processes.js"

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url))
export const RUN = join(PROJECT, "bin", "run.js")

/** Where the command line keeps its journals while these tests run: never in the home of whoever runs them. */
export const STATE = mkdtempSync(join(tmpdir(), "minos-state-"))
// A hook of the test file, because its process is ended in a way that no listener hears.
afterAll(() => rmSync(STATE, { recursive: true, force: true, maxRetries: 5 }))

/** How a run of the command line ended. */
export interface Ran {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs the built `minos` as an operator without a terminal does. */
export async function minos(args: readonly string[], { cwd, env }: RunOptions = {}): Promise<Ran> {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [RUN, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { ...clean(), ...env },
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: 120_000,
  })
  return { code: exitCode, stdout, stderr }
}

/** A run of the command line that a test may signal. */
export interface Running {
  readonly child: ChildProcess
  /** What it has written so far. */
  out(): string
  err(): string
  /** Resolves when it has ended and all that it wrote was read. */
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null }>
}

/** Starts the built `minos` without a terminal. */
export function startMinos(args: readonly string[], { cwd, env }: RunOptions = {}): Running {
  const child = launch(process.execPath, [RUN, ...args], {
    cwd: cwd ?? tmpdir(),
    env: { ...clean(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let stdout = ""
  let stderr = ""
  child.stdout?.on("data", chunk => {
    stdout += chunk
  })
  child.stderr?.on("data", chunk => {
    stderr += chunk
  })
  const ended = new Promise<Ran & { signal: NodeJS.Signals | null }>(resolve => {
    child.once("close", (code, signal) => resolve({ code: code ?? undefined, signal, stdout, stderr }))
  })
  return { child, out: () => stdout, err: () => stderr, ended }
}

/** Runs it with `--json` and reads the one value it prints. */
export async function minosJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran & { readonly json: any }> {
  const ran = await minos([...args, "--json"], options)
  return { ...ran, json: JSON.parse(ran.stdout) }
}

/** An agent as a process of its own, as a host runs it. */
export interface AgentProcess {
  readonly port: number
  readonly pid: number
  /** Resolves when it has ended, whatever ended it. */
  readonly ended: Promise<void>
  /** Ends it as an operator does, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<void>
}

/** Starts `minos agent serve`, on a free port unless one is given, and on 127.0.0.1 unless another address of the loopback is. */
export async function startAgentProcess(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  port = 0,
  address = "127.0.0.1",
): Promise<AgentProcess> {
  const child = launch(
    process.execPath,
    [RUN, "agent", "serve", "--root", root, "--listen", `${address}:${port}`, ...args],
    { env: { ...clean(), ...env }, stdio: ["ignore", "pipe", "pipe"] },
  )
  let said = ""
  child.stderr?.on("data", chunk => {
    said += chunk
  })
  const listening = await new Promise<number>((resolve, reject) => {
    child.stdout?.on("data", chunk => {
      const found = /:(\d+), \w+ backend/.exec(String(chunk))
      if (found) resolve(Number(found[1]))
    })
    child.once("exit", code => reject(new Error(`the agent ended with ${code}: ${said}`)))
  })
  const ended = new Promise<void>(resolve => child.once("exit", () => resolve()))
  return {
    port: listening,
    pid: child.pid as number,
    ended,
    end: async (signal = "SIGTERM") => {
      child.kill(signal)
      await ended
    },
  }
}

/** A temporary folder that is gone after the work. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "minos-test-"))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The environment without what would change the output or the credentials. */
function clean(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(MINOS_|NO_COLOR|FORCE_COLOR|CLICOLOR|NODE_ENV|VITEST|CI$)/.test(name),
  )
  return { ...Object.fromEntries(kept), MINOS_STATE_DIR: STATE } as Record<string, string>
}

if (!existsSync(join(PROJECT, "dist", "bundle", "minos.js")))
  throw new Error("run `node scripts/build.js` first: these tests use what is built")
