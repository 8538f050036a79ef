import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** An agent of the demo, which stands for a host. */
export interface DemoHost {
  readonly name: string
  readonly region: string
  readonly port: number
  /** Everything the agent keeps. */
  readonly root: string
  readonly process: ChildProcess
}

/** What all agents of a demo share. */
export interface FleetOptions {
  readonly folder: string
  readonly minos: string
  readonly password: string
  /** The agents outlive this process. */
  readonly keep: boolean
}

/** Starts an agent a host, each on a free port of loopback; `started` gets every process at once, also if one fails. */
export async function startFleet(
  regions: Readonly<Record<string, readonly string[]>>,
  options: FleetOptions,
  started: ChildProcess[],
): Promise<readonly DemoHost[]> {
  const launched = Object.entries(regions).flatMap(([region, names]) =>
    names.map(name => ({ name, region, ...launch(name, options) })),
  )
  started.push(...launched.map(host => host.process))
  return Promise.all(
    launched.map(async ({ log, ...host }) => ({ ...host, port: await portIn(log, host.process) })),
  )
}

/** Ends agents, and with them the processes they run. */
export async function endFleet(agents: readonly ChildProcess[]): Promise<void> {
  await Promise.all(agents.map(endAgent))
}

function launch(name: string, { folder, minos, password, keep }: FleetOptions) {
  const root = join(folder, "hosts", name)
  mkdirSync(root, { recursive: true })
  const log = join(root, "agent.log")
  const file = openSync(log, "a")
  const process_ = spawn(
    process.execPath,
    [minos, "agent", "serve", "--root", root, "--listen", "127.0.0.1:0", "--embedded"],
    {
      env: { ...process.env, MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: password },
      stdio: ["ignore", file, file],
      detached: keep,
    },
  )
  closeSync(file)
  if (keep) process_.unref()
  return { root, log, process: process_ }
}

async function portIn(log: string, agent: ChildProcess): Promise<number> {
  for (let tries = 0; tries < 300; tries++) {
    const port = /^minos agent \S+ on [^ ]*:(\d+),/m.exec(readFileSync(log, "utf8"))?.[1]
    if (port !== undefined) return Number(port)
    if (agent.exitCode !== null || agent.signalCode !== null) break
    await sleep(100)
  }
  throw new Error(`an agent did not start:\n${readFileSync(log, "utf8")}`)
}

async function endAgent(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null || agent.pid === undefined) return
  const ended = once(agent, "exit")
  agent.kill("SIGTERM")
  const timer = setTimeout(() => agent.kill("SIGKILL"), 20_000)
  await ended
  clearTimeout(timer)
}
