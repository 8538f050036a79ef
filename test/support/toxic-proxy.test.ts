import { createServer, type Server } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { CallError } from "../../src/model/failure.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { post } from "../../src/rpc/transport.js"
import { startToxicProxy, type ToxicProxy } from "./toxic-proxy.js"
import { seeded, type Toxic } from "./toxics.js"
import { until } from "./until.js"

let server: Server
let proxy: ToxicProxy
/** Bodies in the order in which the server read them. */
let read: string[]
/** What the server answers to `big`. */
const BIG = "x".repeat(300_000)

beforeEach(async () => {
  read = []
  server = createServer((request, response) => {
    let body = ""
    request.on("data", chunk => {
      body += chunk
    })
    request.on("end", () => {
      read.push(body)
      response.end(body === "big" ? BIG : `echo ${body}`)
    })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  proxy = await startToxicProxy({ port: (server.address() as AddressInfo).port })
})

afterEach(async () => {
  await proxy.stop()
  server.closeAllConnections()
  server.close()
})

/** The answer to a call through the proxy, or why there is none. */
async function ask(body: string, timeout = 30_000): Promise<string> {
  try {
    return (await post(parseEndpoint(proxy.url), body, { timeout })).body.toString()
  } catch (error) {
    const { problem, code } = error as { problem: string; code?: string }
    if (error instanceof CallError || problem === undefined) throw error
    return code ?? problem
  }
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

test("without toxics, bytes go through as they are, many calls at once", async () => {
  const bodies = Array.from({ length: 20 }, (_, n) => `body ${n}`)
  expect(await Promise.all(bodies.map(body => ask(body)))).toEqual(bodies.map(body => `echo ${body}`))
  expect(await ask("big")).toBe(BIG)
  expect(proxy.requests().length).toBe(21)
  expect(proxy.requests()[20]).toMatch(/^POST \/RPC2.*big$/s)
})

const SLOW: readonly [string, "up" | "down", Toxic, string, number][] = [
  [
    "latency holds the answer back once, however many pieces it has",
    "down",
    { kind: "latency", ms: 150, jitter: 50 },
    "big",
    150,
  ],
  ["latency holds the request back", "up", { kind: "latency", ms: 150 }, "a", 150],
  [
    "bandwidth is so many bytes a second",
    "down",
    { kind: "bandwidth", bytesPerSecond: 1_000_000 },
    "big",
    290,
  ],
  ["a slicer sends piece after piece", "down", { kind: "slicer", bytes: 30_000, gap: 20 }, "big", 180],
  ["a slicer of single bytes does not change them", "up", { kind: "slicer", bytes: 1, gap: 0 }, "a", 0],
]

test.each(SLOW)("%s", async (_, direction, toxic, body, atLeast) => {
  proxy.toxic(direction, toxic)
  const time = await took(async () => expect(await ask(body)).toBe(body === "big" ? BIG : `echo ${body}`))
  expect(time).toBeGreaterThanOrEqual(atLeast)
})

const BROKEN: readonly [string, "up" | "down", Toxic, string, readonly string[]][] = [
  ["limit cuts the answer", "down", { kind: "limit", bytes: 50 }, "ECONNRESET", ["a"]],
  [
    "limit cuts the request, which the server does not take",
    "up",
    { kind: "limit", bytes: 50 },
    "ECONNRESET",
    [],
  ],
  ["swallow loses the answer", "down", { kind: "swallow" }, "timeout", ["a"]],
  ["swallow loses the request", "up", { kind: "swallow" }, "timeout", []],
  ["reset puts an RST in place of the answer", "down", { kind: "reset" }, "ECONNRESET", ["a"]],
  ["reset puts an RST in place of the request", "up", { kind: "reset" }, "ECONNRESET", []],
  ["refuse takes no new connection", "up", { kind: "refuse" }, "ECONNRESET", []],
]

test.each(BROKEN)("%s, and heal heals it", async (_, direction, toxic, problem, reached) => {
  proxy.toxic(direction, toxic)
  const failure = ask("a", toxic.kind === "swallow" ? 200 : 30_000)
  expect(await failure).toBe(problem)
  expect(read).toEqual(reached)
  proxy.heal()
  expect(await ask("b")).toBe("echo b")
})

test("a cut answer has as many bytes as were let through", async () => {
  proxy.toxic("down", { kind: "limit", bytes: 20 })
  let got = ""
  const socket = connect(proxy.port, "127.0.0.1").on("data", chunk => {
    got += chunk
  })
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
  await new Promise(resolve => socket.once("close", resolve))
  expect(got).toBe("HTTP/1.1 200 OK\r\nDat")
})

test("hold keeps a request although its caller gave up, and delivers it when released", async () => {
  const held = proxy.toxic("up", { kind: "hold" }, { when: request => request.includes("late") })
  expect(await ask("late", 100)).toBe("timeout")
  expect(await ask("other")).toBe("echo other")
  await until("the caller is gone", () => proxy.open() === 0)
  expect(read).toEqual(["other"])
  held.remove()
  await until("the request has come", () => read.length === 2)
  expect(read).toEqual(["other", "late"])
})

test("hold keeps an answer until it is released", async () => {
  const held = proxy.toxic("down", { kind: "hold" })
  const answer = ask("a")
  await until("the request has come", () => read.length === 1)
  held.remove()
  expect(await answer).toBe("echo a")
})

test.each([false, true])("duplicate sends a request twice and answers once (late: %s)", async late => {
  const twice = proxy.toxic("up", { kind: "duplicate", late }, { times: 1 })
  expect(await ask("a")).toBe("echo a")
  await until("it has come twice", () => read.length === 2)
  expect(read).toEqual(["a", "a"])
  expect(await ask("b")).toBe("echo b")
  expect([read, twice.used()]).toEqual([["a", "a", "b"], 1])
})

test("a toxic for the next connection leaves those after it alone", async () => {
  proxy.toxic("down", { kind: "reset" }, { times: 1 })
  expect([await ask("a"), await ask("b")]).toEqual(["ECONNRESET", "echo b"])
})

test("a toxic by the request meets only what it names, also when that comes in pieces", async () => {
  proxy.toxic("down", { kind: "reset" }, { when: request => request.includes("start"), times: 1 })
  expect([await ask("read"), await ask("start"), await ask("start")]).toEqual([
    "echo read",
    "ECONNRESET",
    "echo start",
  ])
  proxy.toxic("up", { kind: "swallow" }, { when: request => request.endsWith("whole") })
  const socket = connect(proxy.port, "127.0.0.1")
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwh")
  await until("the first piece is there", () => proxy.requests().at(-1)?.endsWith("wh"))
  socket.write("ole")
  await until("the rest is there", () => proxy.requests().at(-1)?.endsWith("whole"))
  expect(await ask("after")).toBe("echo after")
  socket.destroy()
  expect(read).not.toContain("whole")
})

test("a toxic works on a connection that stands already", async () => {
  let got = ""
  const socket = connect(proxy.port, "127.0.0.1").on("data", chunk => {
    got += chunk
  })
  const say = (text: string) => socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n${text}`)
  say("a")
  await until("the first answer is there", () => got.includes("echo a"))
  const lost = proxy.toxic("down", { kind: "swallow" })
  say("b")
  await until("the answer is lost", () => read.length === 2 && lost.used() === 1)
  expect(got).not.toContain("echo b")
  socket.destroy()
})

test("slow close gives the answer at once and the end later", async () => {
  proxy.toxic("down", { kind: "slow-close", ms: 200 })
  let answered = 0
  const socket = connect(proxy.port, "127.0.0.1").once("data", () => {
    answered = performance.now()
  })
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\na")
  await new Promise(resolve => socket.once("close", resolve))
  expect(performance.now() - answered).toBeGreaterThanOrEqual(190)
})

test("a shut port refuses, and takes connections when it is open again", async () => {
  await proxy.shut()
  expect(await ask("a")).toBe("ECONNREFUSED")
  await proxy.reopen()
  expect(await ask("b")).toBe("echo b")
})

test("the same seed gives the same numbers", () => {
  const three = (seed: number) => [seeded(seed), seeded(seed)].map(random => [random(), random(), random()])
  expect(three(7)[0]).toEqual(three(7)[1])
  expect(three(7)[0]).not.toEqual(three(8)[0])
  expect(three(7)[0]!.every(number => number >= 0 && number < 1)).toBe(true)
})
