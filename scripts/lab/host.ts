import { readFileSync, statSync } from "node:fs"
import { mkdir, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { must } from "./command.js"
import { cutDisk, type Disk, makeDisk, mountDisk } from "./disk.js"
import { makeNetwork, type Network } from "./network.js"
import type { HostPlace } from "./place.js"
import { processesWith } from "./process-table.js"
import { send, service } from "./service.js"

/** A host of the lab: a supervisord, an agent beside it, and what they stand on. */
export interface LabHost extends HostPlace {
  readonly address: string
  readonly port: number
  /** The agent's root folder. */
  readonly root: string
  /** Absent without root: then the host is on loopback. */
  readonly network: Network | undefined
  /** Absent where no disk can be made: then its folder is one of this machine's disk. */
  readonly disk: Disk | undefined
  /** What the agent and the supervisord wrote, which is never on the host's disk. */
  readonly logs: readonly string[]
  /** The file with the milliseconds that the agent's clock is ahead. */
  readonly clock: string
  /** The process of the agent; 0 while there is none. */
  agent(): number
  supervisord(): number
  startAgent(): Promise<void>
  startSupervisord(): Promise<void>
  /** As kill -9, and waits for the end. */
  killAgent(): Promise<void>
  killSupervisord(): Promise<void>
  /** Everything on the host stops at once, and what its disk was not told to keep is lost. */
  powerOff(): Promise<void>
  powerOn(): Promise<void>
  /** Ends of agent or supervisord that the lab did not bring about, since the last call. */
  crashes(): readonly string[]
}

/** What all hosts of a lab share. */
export interface HostOptions {
  readonly folder: string
  readonly password: string
  readonly withNetwork: boolean
  readonly withDisk: boolean
}

const MINOS = fileURLToPath(new URL("../../../bin/run.js", import.meta.url))
const CLOCK = new URL("./clock.js", import.meta.url).href

/** Makes a host and starts what runs on it. */
export async function makeHost(place: HostPlace, options: HostOptions): Promise<LabHost> {
  const { folder, password } = options
  const home = join(folder, "hosts", place.name)
  await mkdir(home, { recursive: true })
  const disk = options.withDisk ? await makeDisk({ image: `${home}.img`, folder: home }) : undefined
  const network = options.withNetwork ? await makeNetwork(place) : undefined
  const address = network?.address ?? "127.0.0.1"
  const port = network ? 9001 : await freePort()
  const root = join(home, "root")
  const programs = join(home, "conf.d")
  const socket = join(folder, `${place.name}.sock`)
  const config = join(folder, `${place.name}.conf`)
  const clock = join(folder, `${place.name}.clock`)
  const log = {
    agent: join(folder, `${place.name}-agent.log`),
    supervisord: join(folder, `${place.name}-supervisord.log`),
  }
  await mkdir(programs)
  await writeFile(config, supervisordConfig(socket, programs, join(folder, `${place.name}.pid`)))
  await writeFile(clock, "0")

  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: folder, MINOS_LAB: folder, LANG: "C.UTF-8" }
  const crashes: string[] = []
  const agent = service("agent", place.name, log.agent, crashes)
  const supervisord = service("supervisord", place.name, log.supervisord, crashes)
  const inside = network?.inside ?? []

  async function startSupervisord(): Promise<void> {
    await rm(socket, { force: true })
    await supervisord.start([...inside, "/usr/bin/supervisord", "-n", "-c", config], env)
    await supervisord.until("has its socket", () => statSync(socket, { throwIfNoEntry: false }) !== undefined)
  }

  async function startAgent(): Promise<void> {
    const before = statSync(log.agent, { throwIfNoEntry: false })?.size ?? 0
    const listen = [
      "--listen",
      `${address}:${port}`,
      "--supervisor",
      `unix://${socket}`,
      "--program-dir",
      programs,
    ]
    const own = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: password, MINOS_LAB_CLOCK: clock }
    await agent.start(
      [...inside, process.execPath, "--import", CLOCK, MINOS, "agent", "serve", "--root", root, ...listen],
      {
        ...env,
        ...own,
      },
    )
    await agent.until("listens", () =>
      /^minos agent /m.test(readFileSync(log.agent).toString("utf8", before)),
    )
  }

  async function powerOff(): Promise<void> {
    const all = (): readonly number[] =>
      processesWith("MINOS_LAB", folder)
        .filter(({ env }) => belongs(env, home))
        .map(({ pid }) => pid)
    const ours = [agent.pid(), supervisord.pid()].filter(pid => pid > 0)
    // Frozen first: nothing may see that the disk is gone, as nothing does when the power is.
    for (const pid of [...ours, ...all()]) send(pid, "SIGSTOP")
    if (disk) await cutDisk(disk)
    await Promise.all([agent.kill(), supervisord.kill()])
    for (let left = all(); left.length > 0; left = all()) {
      for (const pid of left) send(pid, "SIGKILL")
      await sleep(20)
    }
    if (disk) await unmounted(disk)
  }

  async function powerOn(): Promise<void> {
    if (disk) await mountDisk(disk)
    await startSupervisord()
    await startAgent()
  }

  await startSupervisord()
  await startAgent()
  return {
    ...place,
    address,
    port,
    root,
    network,
    disk,
    clock,
    logs: Object.values(log),
    agent: agent.pid,
    supervisord: supervisord.pid,
    startAgent,
    startSupervisord,
    killAgent: agent.kill,
    killSupervisord: supervisord.kill,
    powerOff,
    powerOn,
    crashes: () => crashes.splice(0),
  }
}

/** Whether a process is a program of the host in this folder: what it was started with says so. */
function belongs(env: Readonly<Record<string, string>>, home: string): boolean {
  return (env.MINOS_DATA_DIR ?? "").startsWith(`${home}/`)
}

async function unmounted(disk: Disk): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await must(["umount", disk.folder])
      return
    } catch (error) {
      if (tries === 50) throw error
      await sleep(100)
    }
  }
}

function supervisordConfig(socket: string, programs: string, pidfile: string): string {
  return [
    "[supervisord]",
    // What it writes stands in the lab's log by -n, so that a full disk does not take it away.
    "logfile=/dev/null",
    "logfile_maxbytes=0",
    `pidfile=${pidfile}`,
    "childlogdir=/tmp",
    "[unix_http_server]",
    `file=${socket}`,
    "[rpcinterface:supervisor]",
    "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
    "[include]",
    `files=${programs}/*.conf`,
    "",
  ].join("\n")
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0))
    })
  })
}
