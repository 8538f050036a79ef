import { createServer } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import { afterEach, describe, expect, test } from "vitest"
import type { Check } from "../../src/model/policy.js"
import { probe, type RemoteCheck } from "../../src/probe/check.js"
import { type BlobServer, startServer } from "../support/blob-server.js"
import { httpAnswer, type Peer, startPeer } from "../support/peer.js"
import { freePort } from "../support/ports.js"
import { startPython } from "../support/python.js"
import { until } from "../support/until.js"

const AMPLE = 20_000
/** For what never comes at all. */
const SHORT = 100
/** For what never comes after something that does, also on a busy machine. */
const ENOUGH = 1_500
const PASSED = { ok: true }
const FIRST_64_KIB = 'the first 64 KiB of the body do not hold "ok"'
const never = new AbortController().signal

const toClose: (() => unknown)[] = []
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close()
})

async function serving(...given: Parameters<typeof startServer>): Promise<BlobServer & { port: number }> {
  const server = await startServer(...given)
  toClose.push(server.close)
  return { ...server, port: (server.server.address() as AddressInfo).port }
}

/** A peer that writes these bytes and closes, or lets the connection stand. */
async function peer(answer: (socket: Socket) => void): Promise<Peer> {
  const started = await startPeer(answer)
  toClose.push(started.stop)
  return started
}

function httpCheck(port: number, more: Partial<Extract<Check, { kind: "http" }>> = {}): RemoteCheck {
  return { kind: "http", port, path: "/healthz", status: 200, interval: 1_000, timeout: AMPLE, ...more }
}

function tcpCheck(port: number, timeout = AMPLE): RemoteCheck {
  return { kind: "tcp", port, interval: 1_000, timeout }
}

/** What a check of this machine says. */
async function said(check: RemoteCheck, signal = never): Promise<unknown> {
  const probed = await probe(check, "127.0.0.1", signal)
  return probed.ok ? "passed" : probed.said
}

describe("an http check judges the answer", () => {
  test.each([
    ["the wanted status", 200, "", {}, "passed"],
    ["another wanted status", 204, "", { status: 204 }, "passed"],
    ["a wanted error", 503, "no", { status: 503 }, "passed"],
    ["the wanted text", 200, "all is ok here", { body: "ok" }, "passed"],
    ["a wanted text of several bytes a letter", 200, "alles grün", { body: "grün" }, "passed"],
    ["an error with words", 503, "starting up", {}, 'HTTP 503: "starting up"'],
    ["an error without words", 503, "", {}, "HTTP 503"],
    ["a success that is not the wanted one", 200, "fine", { status: 204 }, 'HTTP 200: "fine"'],
    ["an error in several lines", 500, '{\n  "db": "down"\n}\n', {}, 'HTTP 500: "{ "db": "down" }"'],
    ["an error page", 502, "<html><title>Bad\nGateway</title><p>nginx", {}, 'HTTP 502: "Bad Gateway"'],
    ["an error with controls and a password", 500, "\x1b[2J//u:p@db/", {}, 'HTTP 500: "\\x1b[2J//...@db/"'],
    ["an error with many words", 500, "x".repeat(9_000), {}, `HTTP 500: "${"x".repeat(80)}..."`],
    ["another text", 200, "starting", { body: "ok" }, 'the body does not hold "ok"'],
    ["no text", 200, "", { body: "ok" }, 'the body does not hold "ok"'],
    ["a long text", 200, "x".repeat(70_000), { body: "ok" }, FIRST_64_KIB],
    ["the wanted text as the last of 64 KiB", 200, `${"x".repeat(65_534)}ok`, { body: "ok" }, "passed"],
    ["the wanted text a byte later", 200, `${"x".repeat(65_535)}ok`, { body: "ok" }, FIRST_64_KIB],
  ])("%s", async (_, status, body, check, words) => {
    const { port } = await serving((_, response) => response.writeHead(status).end(body))
    expect(await said(httpCheck(port, check))).toBe(words)
  })

  test("a redirect is not followed", async () => {
    const server = await serving((_, response) => response.writeHead(302, { Location: "/login" }).end())
    expect(await said(httpCheck(server.port))).toBe('HTTP 302 to "/login"')
    expect(server.seen).toEqual(["GET /healthz"])
  })

  test("the path is asked for as it is written, other letters as UTF-8", async () => {
    const server = await serving((_, response) => response.end())
    expect(await said(httpCheck(server.port, { path: "/a/../b?c=%20&d=ü€" }))).toBe("passed")
    expect(server.seen).toEqual(["GET /a/../b?c=%20&d=%C3%BC%E2%82%AC"])
  })

  test("each check opens a connection of its own and closes it", async () => {
    const server = await serving((_, response) => response.end("ok"))
    const sockets = new Set<Socket>()
    server.server.on("connection", socket => sockets.add(socket))
    for (const body of [undefined, "ok", undefined]) await said(httpCheck(server.port, { body }))
    expect(sockets.size).toBe(3)
    await until("all are closed", () => [...sockets].every(socket => socket.destroyed))
  })
})

describe("an http check ends whatever the server does", () => {
  test("it says nothing", async () => {
    const { port } = await peer(() => {})
    expect(await said(httpCheck(port, { timeout: ENOUGH }))).toBe("no answer within 1.5 s")
  })

  test("its head drips without end", async () => {
    const { port } = await peer(socket => drip(socket, "HTTP/1.1 200 OK\r\n", "x: y\r\n"))
    expect(await said(httpCheck(port, { timeout: ENOUGH }))).toBe("no answer within 1.5 s")
  })

  test("its body drips without end and never holds the text", async () => {
    const { port } = await peer(socket => drip(socket, "HTTP/1.1 200 OK\r\n\r\n", "."))
    expect(await said(httpCheck(port, { body: "ok", timeout: ENOUGH }))).toBe("no whole answer within 1.5 s")
  })

  test("its body drips without end and holds the text, cut over two pieces", async () => {
    const { port } = await peer(socket => drip(socket, "HTTP/1.1 200 OK\r\n\r\n...o", "k..."))
    expect(await said(httpCheck(port, { body: "ok" }))).toBe("passed")
  })

  test("the status is right and the body, which nobody asked for, never ends", async () => {
    const { port } = await peer(socket => drip(socket, "HTTP/1.1 200 OK\r\n\r\n", "."))
    expect(await said(httpCheck(port))).toBe("passed")
  })

  test("the status is wrong and the body never ends", async () => {
    const { port } = await peer(socket => socket.write("HTTP/1.1 503 No\r\n\r\nstarting"))
    expect(await said(httpCheck(port, { timeout: ENOUGH }))).toBe('HTTP 503: "starting"')
  })

  test("it closes without an answer", async () => {
    const { port } = await peer(socket => socket.destroy())
    expect(await said(httpCheck(port))).toBe(`connection closed on port ${port} without an answer`)
  })

  test("it resets the connection", async () => {
    const { port } = await peer(socket => socket.resetAndDestroy())
    expect(await said(httpCheck(port))).toBe(`connection closed on port ${port} without an answer`)
  })

  test("it closes in the middle of the body", async () => {
    const { port } = await peer(socket => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nstart"))
    expect(await said(httpCheck(port, { body: "ok" }))).toBe(
      `connection closed on port ${port} before the answer was whole`,
    )
  })

  test("it speaks something else", async () => {
    const { port } = await peer(socket => socket.end("220 mail.example.com ESMTP\r\n"))
    expect(await said(httpCheck(port))).toBe(`the answer on port ${port} is not HTTP`)
  })

  test("it switches to another protocol that nobody asked for", async () => {
    const { port } = await peer(socket => socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n"))
    expect(await said(httpCheck(port))).toBe("HTTP 101")
  })

  test("it answers with endless headers", async () => {
    const { port } = await peer(socket => socket.end(httpAnswer("200 OK", "", [`x: ${"y".repeat(20_000)}`])))
    expect(await said(httpCheck(port))).toBe(`the answer on port ${port} has more than 16 KiB of headers`)
  })

  test("nothing listens", async () => {
    const port = await freePort()
    expect(await said(httpCheck(port))).toBe(`connection refused on port ${port}`)
  })

  test("the name has no address", async () => {
    const probed = await probe(httpCheck(80), "nowhere.invalid", never)
    expect(probed).toMatchObject({ ok: false, said: expect.stringMatching(/^the host name has no address/) })
  })
})

describe("a tcp check", () => {
  test("passes when the port accepts, even where nothing is said and the connection is closed at once", async () => {
    const started = await startPeer(socket => socket.destroy(), { at: "connect" })
    toClose.push(started.stop)
    expect(await said(tcpCheck(started.port))).toBe("passed")
    await until("the connection is closed", () => started.open() === 0)
  })

  test("names the port that refuses", async () => {
    const port = await freePort()
    expect(await said(tcpCheck(port))).toBe(`connection refused on port ${port}`)
  })

  test("ends in time when the host does not take the connection", async () => {
    const port = await fullPort()
    expect(await said(tcpCheck(port, SHORT))).toBe(`no connection on port ${port} within 100 ms`)
    expect(await said(httpCheck(port, { timeout: SHORT }))).toBe(
      `no connection on port ${port} within 100 ms`,
    )
  })

  test("says that a name has no address", async () => {
    const probed = await probe(tcpCheck(80), "nowhere.invalid", never)
    expect(probed).toMatchObject({ ok: false, said: expect.stringMatching(/^the host name has no address/) })
  })
})

describe("an address", () => {
  test("may be IPv6", async context => {
    const server = createServer((request, response) => response.end(request.headers.host))
    const listens = await new Promise<boolean>(resolve => {
      server.once("error", () => resolve(false))
      server.listen(0, "::1", () => resolve(true))
    })
    if (!listens) return context.skip("no IPv6 here")
    toClose.push(() => server.close())
    const { port } = server.address() as AddressInfo
    expect(await probe(httpCheck(port, { body: `[::1]:${port}` }), "::1", never)).toEqual(PASSED)
    expect(await probe(tcpCheck(port), "::1", never)).toEqual(PASSED)
  })

  test("may be a unix socket, which means this machine", async () => {
    const { port } = await serving((_, response) => response.end())
    expect(await probe(httpCheck(port), "unix:///run/supervisor.sock", never)).toEqual(PASSED)
    expect(await probe(tcpCheck(port), "unix:///run/supervisor.sock", never)).toEqual(PASSED)
  })
})

describe("an interrupted check", () => {
  test("ends at once and closes its connection", async () => {
    const silent = await peer(() => {})
    const interrupt = new AbortController()
    const answers = Promise.all([1, 2, 3].map(() => said(httpCheck(silent.port), interrupt.signal)))
    await until("all are connected", () => silent.open() === 3)
    interrupt.abort()
    expect(await answers).toEqual(["interrupted", "interrupted", "interrupted"])
    await until("all are closed", () => silent.open() === 0)
  })

  test("is not begun after the signal", async () => {
    const server = await serving((_, response) => response.end())
    expect(await said(httpCheck(server.port), AbortSignal.abort())).toBe("interrupted")
    expect(await said(tcpCheck(server.port), AbortSignal.abort())).toBe("interrupted")
    expect(server.seen).toEqual([])
  })
})

/** Writes the head, then the same piece again and again until the other side has enough. */
function drip(socket: Socket, head: string, piece: string): void {
  socket.write(head)
  const timer = setInterval(() => socket.write(piece), 20)
  socket.once("close", () => clearInterval(timer))
}

/** A port whose queue of connections is full, so that the kernel leaves the next one unanswered. */
async function fullPort(): Promise<number> {
  const server = await startPython(
    `
import socket, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
print(listener.getsockname()[1], flush=True)
time.sleep(600)
`,
  )
  toClose.push(server.stop)
  const waiting = [1, 2, 3, 4].map(() => connect(server.port, "127.0.0.1").on("error", () => {}))
  toClose.push(() => waiting.forEach(socket => void socket.destroy()))
  await until("one is in the queue", () => waiting.some(socket => socket.readyState === "open"))
  return server.port
}
