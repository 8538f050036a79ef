import { connect, type Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"
import type { Method } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer, type ServerOptions } from "../../src/rpc/server.js"
import { until } from "../support/until.js"
import { patient } from "./support.js"

const ECHO =
  "<methodCall><methodName>test.echo</methodName><params><param><value>hi</value></param></params></methodCall>"
const HEAD = (length: number) =>
  `POST /RPC2 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: ${length}\r\n`

const credentials = { user: "minos", password: new Secret("test", "right") }

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function start(options: Partial<ServerOptions> = {}) {
  let calls = 0
  const echo: Method = {
    signature: ["any", "any"],
    help: "",
    call: ([value]) => {
      calls++
      return value ?? null
    },
  }
  const server = createServer({ methods: new Map([["test.echo", echo]]), ...options })
  closing.push(() => server.close())
  const { port } = await server.listen("127.0.0.1", 0)
  const proxy = createProxy(patient(`http://127.0.0.1:${port}`, options.credentials))
  return { port, calls: () => calls, call: () => proxy.call("test.echo", ["hi"]) }
}

interface Peer {
  readonly socket: Socket
  said(): string
  closed(): boolean
}

/** A connection from an address, that sends this and then does nothing, not even end when the server does. */
async function open(port: number, from: string, bytes = ""): Promise<Peer> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: from, allowHalfOpen: true })
  let [said, closed] = ["", false]
  socket.on("error", () => {})
  socket.on("data", part => {
    said += part
  })
  // Its own half stays open: whether the server is rid of it is the server's affair.
  for (const event of ["end", "close"]) socket.on(event, () => (closed = true))
  closing.push(() => socket.destroy())
  await new Promise(resolve => socket.once("connect", resolve).once("close", resolve))
  if (bytes !== "") socket.write(bytes)
  return { socket, said: () => said, closed: () => closed }
}

test("hundreds of slow callers of one address hold up no other, and are closed", async () => {
  const { port, call } = await start({ perAddress: 200, bodyDeadline: 1_000 })
  const kinds = ["", "POST /RPC2 HTTP/1.1\r\nHost: 12", `${HEAD(500)}\r\n<methodCall>`]
  const slow = await Promise.all(
    Array.from({ length: 300 }, (_, n) => open(port, "127.0.0.2", kinds[n % kinds.length])),
  )
  // Drips, for a byte now and then must not buy time.
  const dripping = setInterval(() => {
    for (const { socket } of slow) if (socket.writable) socket.write("x")
  }, 300)
  closing.push(() => clearInterval(dripping))
  // 200 are held and 100 closed at once, long before any deadline.
  await until("the surplus is closed", () => slow.filter(peer => peer.closed()).length >= 100)
  expect(slow.some(peer => !peer.closed())).toBe(true)
  expect(await call()).toBe("hi")
  expect(slow.some(peer => !peer.closed())).toBe(true)
  await until("all are closed", () => slow.every(peer => peer.closed()))
  expect(await call()).toBe("hi")
})

test("a connection too many is told so, its call is not carried out, and it is free to come back", async () => {
  const { port, calls } = await start({ perAddress: 2 })
  const [first] = [await open(port, "127.0.0.2"), await open(port, "127.0.0.2")]
  const third = await open(port, "127.0.0.2", `${HEAD(ECHO.length)}\r\n${ECHO}`)
  await until("it is closed", () => third.closed())
  expect([third.said(), calls()]).toEqual([expect.stringMatching(/^(HTTP\/1\.1 429 |$)/), 0])
  first!.socket.destroy()
  await until("there is room again", async () => {
    const again = await open(port, "127.0.0.2", `${HEAD(ECHO.length)}Connection: close\r\n\r\n${ECHO}`)
    await until("it is closed", () => again.closed())
    return again.said().startsWith("HTTP/1.1 200 ")
  })
  expect(calls()).toBe(1)
})

const STUBBORN: Readonly<Record<string, string>> = {
  "sends nothing": "",
  "sends half a head": "POST /RPC2 HTTP/1.1\r\nHost: 12",
  "sends nonsense": "\0\0\0\r\n\r\n",
  "sends half a body": `${HEAD(500)}\r\n<methodCall>`,
  "sends chunks without end": `${HEAD(0).replace("Content-Length: 0", "Transfer-Encoding: chunked")}\r\n5\r\n<meth`,
  "keeps its connection after an answer": `${HEAD(ECHO.length)}\r\n${ECHO}`,
  "wants a close": `${HEAD(ECHO.length)}Connection: close\r\n\r\n${ECHO}`,
  "gives no password": `${HEAD(ECHO.length)}\r\n${ECHO}`,
}

test("the server is rid of a peer that never ends its half, whatever it sends", async () => {
  const ridOf = async ([what, bytes]: readonly [string, string]) => {
    const options = what === "gives no password" ? { credentials } : {}
    const { port } = await start({ perAddress: 1, bodyDeadline: 1_000, ...options })
    const peer = await open(port, "127.0.0.2", bytes)
    await until(`the server has ended one that ${what}`, () => peer.closed())
    await until(`the place of one that ${what} is free`, async () => {
      const next = await open(port, "127.0.0.2", "GET / HTTP/1.0\r\n\r\n")
      await until("it is closed", () => next.closed())
      return /^HTTP\/1\.1 (405|401)/.test(next.said())
    })
  }
  await Promise.all(Object.entries(STUBBORN).map(ridOf))
})

test("a caller that ends its half after the call gets its answer", async () => {
  const { port } = await start()
  const { socket, said } = await open(port, "127.0.0.2")
  socket.end(`${HEAD(ECHO.length)}\r\n${ECHO}`)
  await until("it is answered", () => said().includes("hi"))
  expect(said()).toMatch(/^HTTP\/1\.1 200 /)
})

test.each(["POST", "PUT"])(
  "a length above the limit is refused before a byte of the body comes, %s",
  async method => {
    const { port, call } = await start()
    const peer = await open(port, "127.0.0.2", `${HEAD(100 * 1024 * 1024).replace("POST", method)}\r\n`)
    await until("it is refused", () => peer.said() !== "")
    expect(peer.said()).toMatch(method === "POST" ? /^HTTP\/1\.1 413 / : /^HTTP\/1\.1 405 /)
    await until("it is closed", () => peer.closed())
    expect(await call()).toBe("hi")
  },
)

const basic = (password: string) =>
  `Authorization: Basic ${Buffer.from(`minos:${password}`).toString("base64")}\r\n`

/** The status of a call, and its Retry-After. */
async function login(port: number, from: string, header: string) {
  const peer = await open(port, from, `${HEAD(ECHO.length)}${header}Connection: close\r\n\r\n${ECHO}`)
  await until("it is answered and closed", () => peer.closed())
  return [
    Number(peer.said().split(" ", 2)[1]),
    Number(/^Retry-After: (\d+)/m.exec(peer.said())?.[1] ?? 0) > 0,
  ]
}

test("wrong passwords are counted, and right ones of the same loopback address are let in all the same", async () => {
  const { port, calls } = await start({ credentials })
  for (let n = 0; n < 12; n++) expect(await login(port, "127.0.0.2", "")).toEqual([401, false])
  for (let n = 0; n < 10; n++)
    expect(await login(port, "127.0.0.2", basic(`wrong ${n}`))).toEqual([401, false])
  expect(await login(port, "127.0.0.2", basic("wrong"))).toEqual([429, true])
  expect(await login(port, "127.0.0.2", "Authorization: Bearer x\r\n")).toEqual([429, true])
  expect(calls()).toBe(0)
  expect(await login(port, "127.0.0.2", basic("right"))).toEqual([200, false])
  expect(await login(port, "127.0.0.1", basic("wrong"))).toEqual([401, false])
})
