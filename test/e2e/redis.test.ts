import { readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse, stringify } from "yaml"
import { minosJson, PROJECT } from "../support/minos.js"
import { freePort } from "../support/ports.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"

const FIXTURE = join(PROJECT, "fixtures", "redis")
const CLUSTER = parse(readFileSync(join(FIXTURE, "redis.yaml"), "utf8"))
const HOSTS: readonly any[] = ["paris", "berlin"].flatMap(name => Object.values(CLUSTER.regions[name].hosts))
const ADDRESSES: readonly string[] = HOSTS.map(host => host.address)

let daemons: Supervisord[]
let port: number
let file: string

beforeAll(async () => {
  port = await freePort()
  daemons = await Promise.all(ADDRESSES.map(startHost))
  file = join(daemons[0]!.folder, "redis.yaml")
  // The cluster file of the fixture, with the ports that were free.
  for (const [n, host] of HOSTS.entries()) host.agent = { port: daemons[n]!.port }
  CLUSTER.jobs.redis.checks[0].tcp.port = port
  await writeFile(file, stringify(CLUSTER))
  await until("all redis servers run", async () => (await run("status")).code === 0)
})

afterAll(async () => {
  await Promise.all((daemons ?? []).map(daemon => daemon.stop()))
})

/** A host whose supervisord runs the redis of the distribution, and knows nothing of minos. */
function startHost(address: string): Promise<Supervisord> {
  const command = `/usr/bin/redis-server ${FIXTURE}/redis.conf --bind ${address} --port ${port}`
  return startSupervisord({ address, programs: { redis: { command, startsecs: 1 } } })
}

const run = (...args: string[]) => minosJson([...args, "-f", file])

/** What a redis says to PING; `refused` when nothing listens there at this moment, `cut` when it ended instead of answering. */
function ping(address: string): Promise<string> {
  return new Promise(resolve => {
    let answer = ""
    const socket = connect({ host: address, port }, () => socket.write("PING\r\n"))
    socket.on("data", data => {
      answer += data
      if (answer.endsWith("\r\n")) socket.end()
    })
    socket.once("error", (error: NodeJS.ErrnoException) => {
      answer = error.code === "ECONNREFUSED" ? "refused" : "cut"
    })
    socket.once("close", () => resolve(answer.trim() || "cut"))
  })
}

/** Pings all servers over and over during the work; gives what they said, a row for each moment. */
async function whilePinging(work: Promise<unknown>): Promise<readonly (readonly string[])[]> {
  let done = false
  const rows: string[][] = []
  const finish = () => {
    done = true
  }
  work.then(finish, finish)
  while (!done) {
    rows.push(await Promise.all(ADDRESSES.map(ping)))
    await sleep(10)
  }
  await work
  return rows
}

describe.sequential("redis servers that stock supervisords run", () => {
  test("status finds them in both regions, and they answer", async () => {
    const { code, json } = await run("status")
    expect(code).toBe(0)
    expect(json.tasks.map((task: any) => [task.region, task.host, task.processes[0].state])).toEqual([
      ["paris", "par-1", "RUNNING"],
      ["paris", "par-2", "RUNNING"],
      ["berlin", "ber-1", "RUNNING"],
    ])
    expect(await Promise.all(ADDRESSES.map(ping))).toEqual(["+PONG", "+PONG", "+PONG"])
  })

  test("a rolling restart gives each a new pid, with never more than one of them down", async () => {
    const pids = async () => (await run("status")).json.tasks.map((task: any) => task.processes[0].pid)
    const before = await pids()
    const restart = run("restart", "--yes", "--min-healthy", "1s")
    const rows = await whilePinging(restart)
    const { code, json } = await restart
    expect(code, JSON.stringify(json)).toBe(0)
    expect(json.outcomes.map((outcome: any) => outcome.kind)).toEqual(["changed", "changed", "changed"])
    // The three are asked in one turn of the event loop, so what is refused in a row was down at the same moment.
    expect(rows.filter(row => row.filter(said => said === "refused").length > 1)).toEqual([])
    expect(rows.flat()).toContain("+PONG")
    const after = await pids()
    for (const [n, pid] of after.entries()) expect(pid).not.toBe(before[n])
    expect(await Promise.all(ADDRESSES.map(ping))).toEqual(["+PONG", "+PONG", "+PONG"])
  })
})
