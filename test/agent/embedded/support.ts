import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import type { Backend, Program } from "../../../src/agent/backend.js"
import { createEmbeddedBackend, type EmbeddedOptions } from "../../../src/agent/embedded/backend.js"
import type { ProcessInfo, ProcessState } from "../../../src/model/process.js"
import { Fault } from "../../../src/rpc/method.js"
import type { XmlRpcValue } from "../../../src/rpc/value.js"
import { until } from "../../support/until.js"

export type Settings = Program["settings"]

export const SETTINGS: Settings = {
  autorestart: "unexpected",
  startsecs: 0.2,
  startretries: 1,
  exitcodes: [0],
  stopsignal: "TERM",
  stopwaitsecs: 10,
  stopasgroup: false,
  killasgroup: false,
  logMaxBytes: 0,
  logBackups: 0,
}

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "minos-embedded-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

export interface Bench {
  readonly backend: Backend
  readonly folder: string
  /** Defines a program that runs this shell script. */
  define(name: string, script: string, settings?: Partial<Settings>): Promise<Program>
  info(name: string): Promise<ProcessInfo>
  reaches(name: string, state: ProcessState): Promise<ProcessInfo>
  call(method: string, ...params: XmlRpcValue[]): Promise<XmlRpcValue>
  /** The code of the fault that the call ends with; -1 when it has an answer. */
  faultOf(method: string, ...params: XmlRpcValue[]): Promise<number>
}

/** A backend that is closed with the test, and its folder. */
export async function bench(options: EmbeddedOptions = {}): Promise<Bench> {
  const folder = await temporaryFolder()
  const backend = createEmbeddedBackend(options)
  onTestFinished(() => backend.close())

  const info = async (name: string) => {
    const found = (await backend.processes()).find(process => process.name === name)
    if (found === undefined) throw new Error(`no process ${name}`)
    return found
  }
  const call: Bench["call"] = async (method, ...params) => {
    const found = backend.methods.get(`supervisor.${method}`)
    if (found === undefined) throw new Error(`no method ${method}`)
    return found.call(params, { signal: new AbortController().signal, user: "" })
  }
  return {
    backend,
    folder,
    async define(name, script, settings = {}) {
      const program = await writeProgram(folder, name, script, settings)
      await backend.define(program)
      return program
    },
    info,
    reaches: (name, state) =>
      until(`${name} is ${state}`, async () => {
        const now = await info(name)
        return now.state === state && now
      }),
    call,
    faultOf: (method, ...params) =>
      call(method, ...params).then(
        () => -1,
        error => (error instanceof Fault ? error.code : Promise.reject(error)),
      ),
  }
}

/** A program whose start script is this shell script. */
export async function writeProgram(
  folder: string,
  name: string,
  script: string,
  settings: Partial<Settings> = {},
): Promise<Program> {
  const command = join(folder, `${name}.sh`)
  await writeFile(command, `#!/bin/sh\n${script}\n`)
  await chmod(command, 0o755)
  return {
    name,
    command,
    directory: folder,
    settings: { ...SETTINGS, ...settings },
    stdoutLog: join(folder, "log", `${name}.out`),
    stderrLog: join(folder, "log", `${name}.err`),
  }
}
