import { readFile, writeFile } from "node:fs/promises"
import type { Socket } from "node:net"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { startFullPort } from "../support/full-port.js"
import { minosJson } from "../support/minos.js"
import { startPeer } from "../support/peer.js"
import { READ, START, STOP } from "../support/stock-calls.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { startToxicProxy, type ToxicProxy } from "../support/toxic-proxy.js"
import { until } from "../support/until.js"

/** A supervisord whose program counts its starts, behind a line that can be broken. */
interface Line {
  readonly daemon: Supervisord
  readonly proxy: ToxicProxy
}

/** By the names of their hosts; regions are told apart by the first letter. */
let lines: Readonly<Record<string, Line>>
let folder: string
const stops: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const names = ["a-1", "b-1", "b-2", "c-1", "c-2", "d-1"]
  lines = Object.fromEntries(await Promise.all(names.map(async name => [name, await startLine()])))
  folder = lines["a-1"]!.daemon.folder
  const file = await clusterFile("all", ports(names))
  await until("all programs run", async () => (await minosJson(["status", "-f", file])).code === 0)
})

afterEach(async () => {
  for (const { proxy } of Object.values(lines)) proxy.heal()
  for (const stop of stops.splice(0)) await stop()
})

afterAll(async () => {
  for (const { daemon, proxy } of Object.values(lines ?? {})) {
    await proxy.stop()
    await daemon.stop()
  }
})

async function startLine(): Promise<Line> {
  const command = `/bin/sh -c "echo started >> %(here)s/starts; exec sleep 1000"`
  const daemon = await startSupervisord({ programs: { web: command } })
  return { daemon, proxy: await startToxicProxy({ port: daemon.port }) }
}

const ports = (names: readonly string[]) => names.map(name => [name, lines[name]!.proxy.port] as const)

/** A cluster file of these hosts: a region for each first letter, one task a host. */
async function clusterFile(
  name: string,
  hosts: readonly (readonly [name: string, port: number])[],
  agent = "agent: {timeout: 2s, connectTimeout: 1s}",
): Promise<string> {
  const path = join(folder, `${name}.yaml`)
  const letters = [...new Set(hosts.map(([host]) => host[0]!))]
  const region = (letter: string): readonly string[] => [
    `  region-${letter}:`,
    "    hosts:",
    ...hosts
      .filter(([host]) => host.startsWith(letter))
      .map(([host, port]) => `      ${host}: {address: 127.0.0.1, agent: {port: ${port}}}`),
  ]
  const text = [
    "service: shop",
    "cluster: test",
    agent,
    "rollout: {maxParallelRegions: 2}",
    "regions:",
    ...letters.flatMap(region),
    'jobs: {web: {hosts: ["*"], program: web}}',
    "",
  ]
  await writeFile(path, text.join("\n"))
  return path
}

const restart = (file: string, ...more: string[]) =>
  minosJson(
    ["restart", "-f", file, "--yes", "--min-healthy", "1s", "--bake", "0s", "--bake-region", "0s"].concat(
      more,
    ),
  )

async function startsOn(host: string): Promise<number> {
  const text = await readFile(join(lines[host]!.daemon.folder, "starts"), "utf8")
  return text.split("\n").length - 1
}

const byHost = (json: any): Record<string, any> =>
  Object.fromEntries((json.tasks ?? json.outcomes).map((entry: any) => [entry.host, entry]))

describe.sequential("hosts and lines that break", () => {
  test("each kind of broken host costs only itself", async () => {
    const full = await startFullPort()
    const huge = await startPeer(pour)
    stops.push(full.stop, huge.stop)
    const cut = lines["b-1"]!.proxy
    const mute = lines["b-2"]!.proxy
    const shut = lines["c-1"]!.proxy
    cut.toxic("down", { kind: "limit", bytes: 400 })
    mute.toxic("down", { kind: "swallow" })
    await shut.shut()
    stops.push(shut.reopen)
    const file = await clusterFile("broken", [
      ...ports(["a-1", "b-1", "b-2", "c-1", "c-2"]),
      ["d-full", full.port],
      ["d-huge", huge.port],
    ])
    const { code, json } = await minosJson(["status", "-f", file])
    expect(code).toBe(4)
    expect(json.counts).toMatchObject({ tasks: 7, running: 2, unreachable: 5 })
    const reasons = Object.entries(byHost(json)).map(([host, { kind, failure }]) => [
      host,
      failure?.reason ?? kind,
    ])
    expect(Object.fromEntries(reasons)).toEqual({
      "a-1": "seen",
      "b-1": "closed",
      "b-2": "timeout",
      "c-1": "refused",
      "c-2": "seen",
      "d-full": "connect-timeout",
      "d-huge": "too-large",
    })
  })

  test("a region that swallows everything costs one timeout, because all of it is asked at once", async () => {
    const dark = await Promise.all(
      Array.from({ length: 40 }, () => startToxicProxy({ port: lines["a-1"]!.daemon.port })),
    )
    for (const proxy of dark) {
      stops.push(proxy.stop)
      proxy.toxic("down", { kind: "swallow" })
    }
    const hosts = dark.map(({ port }, n) => [`d-${n + 1}`, port] as const)
    const file = await clusterFile("dark", [...ports(["a-1", "b-1"]), ...hosts], "agent: {timeout: 3s}")
    const status = minosJson(["status", "-f", file])
    await until("all wait at the same time", () => dark.every(proxy => proxy.open() >= 1))
    const { code, json } = await status
    expect(code).toBe(4)
    expect(json.counts).toMatchObject({ tasks: 42, running: 2, unreachable: 40 })
    for (const proxy of dark) {
      const looks = proxy.requests().filter(request => request.includes("getAllProcessInfo"))
      expect(looks.length).toBe(1)
    }
  })

  test("a restart whose answers are lost is done once, and known to be done", async () => {
    const { proxy } = lines["a-1"]!
    const before = await startsOn("a-1")
    for (const method of [START, STOP])
      proxy.toxic("down", { kind: "swallow" }, { when: request => request.includes(method) })
    const { code, json } = await restart(await clusterFile("lost", ports(["a-1"])))
    expect([code, json.counts.changed]).toEqual([0, 1])
    expect((await startsOn("a-1")) - before).toBe(1)
  })

  test("a connection that died without a word is left at the deadline of its call, and a new one used", async () => {
    const { proxy } = lines["a-1"]!
    const before = await startsOn("a-1")
    const held = [READ, START].map(method =>
      proxy.toxic("down", { kind: "hold" }, { when: request => request.includes(method), times: 1 }),
    )
    const { code, json } = await restart(await clusterFile("held", ports(["a-1"])))
    expect([code, json.counts.changed]).toEqual([0, 1])
    expect(held.map(one => one.used())).toEqual([1, 1])
    expect((await startsOn("a-1")) - before).toBe(1)
  })

  test("800 ms of latency with jitter is no failure at the default times", async () => {
    const { proxy } = lines["a-1"]!
    const before = await startsOn("a-1")
    proxy.toxic("down", { kind: "latency", ms: 800, jitter: 400 })
    const { code, json } = await restart(await clusterFile("slow", ports(["a-1"]), ""))
    expect([code, json.counts.changed]).toEqual([0, 1])
    expect((await startsOn("a-1")) - before).toBe(1)
    expect(proxy.requests().filter(request => request.includes(START)).length).toBeGreaterThan(0)
  })

  test("a region that goes dark in the middle of a restart ends it: what runs elsewhere finishes, no later wave begins", async () => {
    const names = Object.keys(lines)
    const before = Object.fromEntries(
      await Promise.all(names.map(async name => [name, await startsOn(name)] as const)),
    )
    let dark = false
    for (const name of ["b-1", "b-2"]) {
      const goDark = (request: string): boolean => {
        dark ||= request.includes(STOP)
        return dark
      }
      lines[name]!.proxy.toxic("down", { kind: "swallow" }, { when: goDark })
    }
    const { code, json } = await restart(await clusterFile("region", ports(names)), "--deadline", "4s")
    expect(code).toBe(9)
    const outcomes = byHost(json)
    expect(names.map(name => `${name} ${outcomes[name].kind}`)).toEqual([
      "a-1 changed",
      "b-1 unreachable",
      "b-2 skipped",
      "c-1 changed",
      expect.stringMatching(/^c-2 (changed|skipped)$/),
      "d-1 skipped",
    ])
    expect(outcomes["b-1"].unknown).toBe(true)
    for (const name of names) {
      const starts = (await startsOn(name)) - before[name]!
      expect(`${name} ${starts}`).toBe(`${name} ${outcomes[name].kind === "changed" ? 1 : 0}`)
    }
  })
})

/** An answer of 64 MiB whose length is not said beforehand. */
function pour(socket: Socket): void {
  const piece = Buffer.alloc(1024 * 1024, "x")
  socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
  let left = 64
  const more = (): void => {
    if (left-- === 0) return void socket.end()
    if (!socket.destroyed) socket.write(piece, more)
  }
  more()
}
