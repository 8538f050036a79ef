import { afterAll, beforeAll, expect, test } from "vitest"
import { freePort } from "./ports.js"
import { until } from "./until.js"
import { fourLetter, monitor, monitored, roleOf } from "./zookeeper.js"
import { openZooKeeper, type ZooKeeper } from "./zookeeper-client.js"
import { startCounter } from "./zookeeper-counter.js"
import { startZooKeeper, type ZooKeeperServer } from "./zookeeper-server.js"
import { unframe } from "./zookeeper-wire.js"

let server: ZooKeeperServer
beforeAll(async () => {
  server = await startZooKeeper()
})
afterAll(() => server?.stop())

async function withClient(work: (client: ZooKeeper) => Promise<void>, servers = [server.address]) {
  const client = await openZooKeeper(servers)
  try {
    await work(client)
  } finally {
    await client.close()
  }
}

test("a server answers to four letters", async () => {
  expect(await fourLetter(server.port, "ruok")).toBe("imok")
  expect(await roleOf(server.port)).toBe("standalone")
  expect(Number((await monitor(server.port)).get("zk_znode_count"))).toBeGreaterThan(0)
  expect(await fourLetter(await freePort(), "ruok")).toBe("")
})

test.each([
  [
    "zk_version\t3.8.0\nzk_server_state\tleader\n",
    [
      ["zk_version", "3.8.0"],
      ["zk_server_state", "leader"],
    ],
  ],
  ["This ZooKeeper instance is not currently serving requests\n", []],
  ["", []],
])("mntr %j", (answer, pairs) => {
  expect([...monitored(answer)]).toEqual(pairs)
})

test("frames are cut out however they arrive", () => {
  const received = Buffer.from("00000002aabb0000000000000003cc", "hex")
  const { frames, rest } = unframe(received)
  expect([frames.map(frame => frame.toString("hex")), rest.toString("hex")]).toEqual([
    ["aabb", ""],
    "00000003cc",
  ])
})

test("a node is made, read and written at its version", () =>
  withClient(async client => {
    expect(await client.exists("/node")).toBe(false)
    await expect(client.getData("/node")).rejects.toMatchObject({ problem: "no node" })
    await client.create("/node", "eins")
    await expect(client.create("/node", "x")).rejects.toMatchObject({ problem: "node exists" })
    expect(await client.exists("/node")).toBe(true)
    expect(await client.getData("/node")).toEqual({ data: "eins", version: 0 })
    expect(await client.setData("/node", "zwölf", 0)).toBe(1)
    await expect(client.setData("/node", "x", 0)).rejects.toMatchObject({ problem: "bad version" })
    expect(await client.getData("/node")).toEqual({ data: "zwölf", version: 1 })
  }))

test("a session begins at whichever server is there, and pings keep it", async () => {
  const client = await openZooKeeper([`127.0.0.1:${await freePort()}`, server.address], {
    sessionTimeout: 3_000,
  })
  expect(client.server()).toBe(server.address)
  await until("it pinged", async () => (await fourLetter(server.port, "cons")).includes("lop=PING"))
  await client.close()
})

test("a session goes on after the server was killed, and no acknowledged write is lost", async () => {
  const counter = await startCounter([server.address], "/counter")
  await withClient(async client => {
    const id = client.sessionId()
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const before = counter.acknowledged()
      await until("it counts", () => counter.acknowledged() > before + 5)
      await server.kill(signal)
      await server.start()
    }
    expect(await client.exists("/counter")).toBe(true)
    expect(client.sessionId()).toBe(id)
  })
  const counted = await counter.stop()
  expect(counted.wrong).toEqual([])
  expect(counted.acknowledged).toBeGreaterThan(10)
  expect(counted.last).toBeGreaterThanOrEqual(counted.acknowledged)
})

test("a write that was asked of a server which then ends is lost: nobody knows but who reads", () =>
  withClient(async client => {
    await client.create("/unclear", "0")
    process.kill(server.pid(), "SIGSTOP")
    const asked = client.setData("/unclear", "1", 0).catch(error => error)
    await server.kill("SIGKILL")
    expect(await asked).toMatchObject({ problem: "lost" })
    await server.start()
    expect(await client.getData("/unclear")).toEqual({ data: "0", version: 0 })
  }))

test("without any server it gives up", async () => {
  const nobody = [`127.0.0.1:${await freePort()}`]
  await expect(openZooKeeper(nobody, { patience: 100 })).rejects.toMatchObject({ problem: "no server" })
})
