import { existsSync } from "node:fs"
import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type Agent, type AgentOptions, startAgent } from "../../src/agent/agent.js"
import type { Backend } from "../../src/agent/backend.js"
import { createEmbeddedBackend } from "../../src/agent/embedded/backend.js"
import { createSupervisordBackend } from "../../src/agent/supervisord/backend.js"
import { removeTree } from "../../src/disk/remove-tree.js"
import type { OperationState, TaskKey } from "../../src/model/deployment.js"
import type { Credentials, Endpoint } from "../../src/model/endpoint.js"
import type { ProcessInfo, ProcessState } from "../../src/model/process.js"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { PLAIN_RELEASE, type Release, release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { packFolder } from "../../src/packages/pack.js"
import { type LocalBlob, uploadBlob } from "../../src/packages/upload.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import { type DeploymentCalls, deploymentAt, type SupervisorCalls, supervisorAt } from "../support/calls.js"
import { type Supervisord, type SupervisordOptions, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

export type BackendKind = Backend["kind"]

/** Both, where supervisord is installed; npm test says which tests are left out where it is not. */
export const BACKENDS: readonly BackendKind[] = existsSync("/usr/bin/supervisord")
  ? ["embedded", "supervisord"]
  : ["embedded"]

/** As a deploy sets them, only faster. */
export const PROCESS: ProcessSettings = {
  argv: ["sh", "run.sh"],
  env: {},
  autorestart: false,
  startsecs: 0,
  startretries: 0,
  exitcodes: [0],
  stopsignal: "TERM",
  stopwaitsecs: 10,
  stopasgroup: true,
  killasgroup: true,
  logMaxBytes: 0,
  logBackups: 0,
}

export const TASK: TaskKey = { service: "shop", cluster: "test", job: "web", instance: 0 }
export const PROGRAM = "shop.test.web.0"

/** A program that says which version it is and which variable it got, and stays. */
export const STAYS = (version: string) => `echo version ${version}, $COLOUR\nexec sleep 1000\n`

/** A folder that goes away with the test. */
export async function temporaryFolder(prefix = "minos-agent-"): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  onTestFinished(() => removeTree(folder))
  return folder
}

export interface BenchOptions extends Partial<AgentOptions> {
  readonly supervisord?: SupervisordOptions
  readonly user?: string
  readonly password?: string
}

/** An agent in this process with a real backend, and what a test does to it. */
export interface Bench {
  readonly agent: Agent
  readonly backend: Backend
  readonly root: string
  readonly url: string
  readonly endpoint: Endpoint
  readonly proxy: Proxy
  readonly supervisor: SupervisorCalls
  readonly deployment: DeploymentCalls
  /** What the agent logged. */
  readonly lines: readonly string[]
  /** Present with the supervisord backend. */
  readonly supervisord?: Supervisord
  /** A package whose `run.sh` is this script, packed and sent. */
  upload(version: string, script: string): Promise<LocalBlob>
  /** Prepares and activates a release; the state of the operation that ended it. */
  deploy(made: Release, task?: TaskKey): Promise<OperationState>
  prepare(made: Release, task?: TaskKey): Promise<OperationState>
  activate(id: string, task?: TaskKey): Promise<OperationState>
  info(name?: string): Promise<ProcessInfo>
  reaches(state: ProcessState, name?: string): Promise<ProcessInfo>
  stdout(name?: string): Promise<string>
  /** Ends the agent and starts another on the same root. */
  again(): Promise<Bench>
}

export async function bench(kind: BackendKind, options: BenchOptions = {}): Promise<Bench> {
  // Made first, so that it is removed last, when nothing writes into it any more.
  const root = await temporaryFolder()
  const daemon = kind === "supervisord" ? await startSupervisord(options.supervisord) : undefined
  if (daemon) onTestFinished(() => daemon.stop())
  return start(kind, daemon, { root, ...options })
}

async function start(
  kind: BackendKind,
  daemon: Supervisord | undefined,
  options: BenchOptions & { readonly root: string },
): Promise<Bench> {
  const { root, user, password } = options
  const lines: string[] = []
  const backend = options.backend ?? backendOf(daemon, options.supervisord)
  const credentials: Credentials | undefined =
    user === undefined ? undefined : { user, password: new Secret("test", password ?? "") }
  const agent = await startAgent({
    host: "127.0.0.1",
    port: 0,
    credentials,
    backend,
    version: "0.1.0",
    log: line => lines.push(line),
    ...options,
  })
  let open = true
  const close = async () => {
    if (open) await agent.close()
    open = false
  }
  onTestFinished(close)
  const url = `http://127.0.0.1:${agent.port}`
  const endpoint = parseEndpoint(url, { credentials, timeout: 50_000, connectTimeout: 50_000 })
  const proxy = createProxy(endpoint)
  const calls = deploymentAt(proxy)
  const processes = supervisorAt(proxy)
  const notAfter = Math.floor(Date.now() / 1_000) + 600
  const ended = (state: OperationState) =>
    until(`${state.op} has ended`, async () => {
      const now = await calls.operation(state.op)
      return now.state !== "running" && now
    })

  const made: Bench = {
    agent,
    backend,
    root,
    url,
    endpoint,
    proxy,
    supervisor: processes,
    deployment: calls,
    lines,
    ...(daemon && { supervisord: daemon }),
    async upload(version, script) {
      const blob = await packageOf(version, script)
      await uploadBlob(endpoint, blob)
      return blob
    },
    prepare: async (made, task = TASK) =>
      ended(
        await calls.prepare({
          ...task,
          op: nextOp("prepare"),
          notAfter,
          ifGeneration: -1,
          definition: [`version ${made.package.version}`],
          task: `${task.job}.${task.instance}`,
          host: "host-01",
          region: "here",
          release: made,
          keep: 5,
        }),
      ),
    activate: async (id, task = TASK) =>
      ended(
        await calls.activate({
          ...task,
          op: nextOp("activate"),
          notAfter,
          ifGeneration: -1,
          release: id,
          keep: 5,
        }),
      ),
    async deploy(release, task = TASK) {
      const prepared = await made.prepare(release, task)
      return prepared.state === "done" ? made.activate(release.id, task) : prepared
    },
    info: (name = PROGRAM) => processes.getProcessInfo(name),
    reaches: (state, name = PROGRAM) =>
      until(`${name} is ${state}`, async () => {
        const now = await processes.getProcessInfo(name)
        return now.state === state && now
      }),
    stdout: (name = PROGRAM) => processes.readStdoutTail(name, 10_000),
    async again() {
      await close()
      const { backend: _ended, ...kept } = options
      return start(kind, daemon, kept)
    },
  }
  return made
}

function backendOf(daemon: Supervisord | undefined, options: SupervisordOptions = {}): Backend {
  if (!daemon) return createEmbeddedBackend({ version: "0.1.0" })
  const { user = "minos", password } = options
  const credentials = password === undefined ? undefined : { user, password: new Secret("test", password) }
  const endpoint = parseEndpoint(daemon.socketUrl, { credentials, timeout: 50_000, connectTimeout: 50_000 })
  return createSupervisordBackend({ endpoint, programDir: daemon.programFolder })
}

/** A real package on disk. */
export async function packageOf(version: string, script: string): Promise<LocalBlob> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, "content"))
  await writeFile(join(folder, "content", "run.sh"), script)
  const path = join(folder, `web-${version}.tar.gz`)
  return { path, ...(await packFolder(join(folder, "content"), path)) }
}

export function releaseOf(
  blob: LocalBlob,
  version: string,
  process: Partial<ProcessSettings> = {},
  more: Partial<Pick<Release, "files" | "scripts" | "data">> = {},
): Release {
  return release({
    package: { name: "web", version, sha256: blob.sha256 },
    process: { ...PROCESS, ...process },
    ...PLAIN_RELEASE,
    ...more,
  })
}

let operations = 0
export function nextOp(what: string): string {
  return `d-test/${what}/${++operations}`
}
