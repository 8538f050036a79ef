import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { type AgentProcess, minosJson, type Ran, startAgentProcess } from "./minos.js"
import { type Supervisord, startSupervisord } from "./supervisord.js"

/** Three regions of real hosts, each a supervisord behind an agent. Services on it do not touch each other. */
export interface AgentFleet {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** An HTTP server on 127.0.0.1, for checks: it answers 503 "warming up", or 200 "ready" once `healthy` is true. */
  readonly health: { readonly port: number; healthy: boolean }
  /** The root folder of a host's agent. */
  root(host: string): string
  /** Writes the cluster file of a service, whose cluster is `test`, and gives its path. */
  clusterFile(service: string, file: WrittenFile): Promise<string>
  /** `minos COMMAND -f PATH`, and what it prints as JSON. */
  run(path: string, command: string, ...more: string[]): Promise<Ran & { readonly json: any }>
  /** A deploy with `QUICK`. */
  deploy(path: string, ...more: string[]): Promise<Ran & { readonly json: any }>
  /** What is known of the process of each task; undefined where there is none. */
  processes(path: string, ...selection: string[]): Promise<Record<string, any>>
  /** 0 where there is none. */
  pids(path: string): Promise<Record<string, number>>
  /** `1 RUNNING` for each task, or `missing`. */
  versions(path: string, ...selection: string[]): Promise<readonly string[]>
  /** The names of the programs on a host. */
  programsOf(path: string, host: string): Promise<readonly string[]>
  end(): Promise<void>
}

export interface WrittenFile {
  /** 1, 2 and 5 run on, 3 dies at once, 4 after it was healthy for some time. */
  readonly version?: string
  /** Further keys at the top. */
  readonly head?: string
  readonly jobs: string
}

/** Flags of a change that neither asks nor watches for long. */
export const QUICK = ["--yes", "--min-healthy", "1s", "--fast", "--reason", "test"]

const REGIONS = { east: ["e-1", "e-2"], west: ["w-1"], north: ["n-1"] }
/** What the agents of a fleet ask for. */
export const AUTH = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "pass-word-1" }

/** How `run.sh` of each version ends. */
const ENDS: Readonly<Record<string, string>> = {
  1: "exec sleep 1000",
  2: "exec sleep 1000",
  3: "echo 'no table' >&2; exit 4",
  4: "sleep 6; exit 5",
  5: "exec sleep 1000",
}

/** What else is in every version. `$JOURNAL` is a file in which the order of things can be read afterwards. */
export const SCRIPTS = {
  "note.sh": `#!/bin/sh
echo "$1 $MINOS_TASK $MINOS_OUTCOME" >>"$JOURNAL"
`,
  "link.sh": `#!/bin/sh
trap 'echo "stop $MINOS_JOB" >>"$JOURNAL"; exit 0' TERM
echo "start $MINOS_JOB" >>"$JOURNAL"
sleep 1000 &
wait
`,
  // It answers only some time after it is RUNNING.
  "slow.mjs": `import { appendFileSync } from "node:fs"
import { createServer } from "node:net"
const note = what => appendFileSync(process.env.JOURNAL, what + " " + process.env.MINOS_JOB + "\\n")
note("start")
process.on("SIGTERM", () => {
  note("stop")
  process.exit(0)
})
setTimeout(() => createServer(() => {}).listen(process.env.PORT, "127.0.0.1", () => note("ready")), 2_000)
`,
} as const

/** Starts the fleet and packs the versions. */
export async function startAgentFleet(): Promise<AgentFleet> {
  const folder = await mkdtemp(join(tmpdir(), "minos-rollout-"))
  const root = (host: string): string => join(folder, host)
  const hosts = await Promise.all(
    Object.values(REGIONS).flatMap(names => names.map(name => startHost(name, root(name)))),
  )
  for (const version of Object.keys(ENDS)) await pack(folder, version)
  const state = { healthy: false }
  const server = createServer((_, response) => {
    response.writeHead(state.healthy ? 200 : 503).end(state.healthy ? "ready" : "warming up")
  }).listen(0, "127.0.0.1")
  await new Promise(resolve => server.once("listening", resolve))
  const health = Object.assign(state, { port: (server.address() as AddressInfo).port })

  const env = { MINOS_PASSWORD: AUTH.MINOS_AGENT_PASSWORD }
  const run: AgentFleet["run"] = (path, command, ...more) =>
    minosJson([command, ...more, "-f", path], { env })
  const processes: AgentFleet["processes"] = async (path, ...selection) => {
    const { json } = await run(path, "status", ...selection)
    return Object.fromEntries(json.tasks.map((task: any) => [task.task, task.processes?.[0]]))
  }
  return {
    folder,
    env,
    health,
    root,
    run,
    processes,
    deploy: (path, ...more) => run(path, "deploy", ...QUICK, ...more),
    pids: async path => {
      const seen = Object.entries(await processes(path))
      return Object.fromEntries(seen.map(([task, process]) => [task, process?.pid ?? 0]))
    },
    versions: async (path, ...selection) => {
      const seen = Object.values(await processes(path, ...selection))
      return seen.map(process => (process ? `${process.version} ${process.state}` : "missing"))
    },
    programsOf: async (path, host) => {
      const { json } = await run(path, "rpc", host, "supervisor.getAllProcessInfo")
      return json.answers[0].value.map((info: any) => info.name)
    },
    clusterFile: async (service, file) => {
      const path = join(folder, `${service}.yaml`)
      await writeFile(path, text(service, file, hosts))
      return path
    },
    end: async () => {
      server.close()
      await Promise.all(hosts.map(host => host.agent.end()))
      await Promise.all(hosts.map(host => host.daemon.stop()))
      await removeTree(folder)
    },
  }
}

/** The lines of a journal. */
export async function journalLines(file: string): Promise<readonly string[]> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n")
  return lines.map(line => line.trimEnd())
}

/** A file that can be executed. */
export async function writeScript(path: string, content: string): Promise<void> {
  await writeFile(path, content)
  await chmod(path, 0o755)
}

/** A supervisord, and the agent beside it. */
export interface FleetHost {
  readonly name: string
  readonly daemon: Supervisord
  readonly agent: AgentProcess
}

/** Starts both; the agent asks for `AUTH`, and listens on a free port of an address of the loopback. */
export async function startHost(name: string, root: string, address?: string): Promise<FleetHost> {
  const daemon = await startSupervisord()
  const backend = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
  try {
    return { name, daemon, agent: await startAgentProcess(root, backend, AUTH, 0, address) }
  } catch (error) {
    await daemon.stop()
    throw error
  }
}

async function pack(folder: string, version: string): Promise<void> {
  const source = join(folder, `source-${version}`)
  await mkdir(source)
  await writeScript(join(source, "run.sh"), `#!/bin/sh\necho "version ${version}"\n${ENDS[version]}\n`)
  for (const [name, content] of Object.entries(SCRIPTS)) await writeScript(join(source, name), content)
  await packFolder(source, join(folder, `greeter-${version}.tar.gz`))
}

function text(
  service: string,
  { version = "1", head = "", jobs }: WrittenFile,
  hosts: readonly FleetHost[],
): string {
  const regions = Object.entries(REGIONS).map(([region, names]) => {
    const own = names.map(name => {
      const port = hosts.find(host => host.name === name)?.agent.port
      return `${name}: {address: 127.0.0.1, agent: {port: ${port}}}`
    })
    return `  ${region}: {hosts: {${own.join(", ")}}}`
  })
  return `service: ${service}
cluster: test
${head}
package: {name: greeter, version: "${version}", file: ./greeter-${version}.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}"}
regions:
${regions.join("\n")}
jobs:
${jobs}
`
}
