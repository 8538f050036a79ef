import { spawnSync } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createServer as createSecureServer } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import { afterEach, expect, test } from "vitest"
import type { CallFailure } from "../../src/model/failure.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { CallError, type CallOptions, createProxy } from "../../src/rpc/proxy.js"
import { startFullPort } from "../support/full-port.js"
import { httpAnswer, startPeer } from "../support/peer.js"
import { freePort } from "../support/ports.js"
import { until } from "../support/until.js"
import { answer, response } from "./support.js"

const PASSWORD = "hunter2-hunter2"
const SENT = Buffer.from(`minos:${PASSWORD}`).toString("base64")
const hello = response("<value>hello</value>")
const stops: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function peer(act: (socket: Socket) => void, options: { readonly at?: "connect" } = {}) {
  const started = await startPeer(act, options)
  stops.push(started.stop)
  return started
}

/** Calls a server, with a password that must not show, and gives what became of it. */
async function failureOf(url: string, options: CallOptions = {}): Promise<CallFailure> {
  const endpoint = parseEndpoint(url.replace("://", `://minos:${PASSWORD}@`), {
    connectTimeout: 30_000,
    timeout: 30_000,
  })
  try {
    await createProxy(endpoint).call("supervisor.getState", [], options)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const { failure } = error
    expect(JSON.stringify(failure)).not.toContain(PASSWORD)
    expect(JSON.stringify(failure)).not.toContain(SENT)
    expect(failure.message + failure.hint).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    expect(failure.hint).not.toBe("")
    return failure
  }
  throw new Error("the call should have failed")
}

interface Row {
  readonly name: string
  /** What the peer does when a request is there. */
  readonly act: (socket: Socket) => void
  readonly expected: Partial<CallFailure>
  readonly message?: RegExp
  readonly options?: CallOptions
}

const html = (title: string) => `<html><head><title>${title}</title></head><body>x</body></html>`

const ROWS: readonly Row[] = [
  {
    name: "hangs",
    act: () => {},
    options: { timeout: 100 },
    expected: { reason: "timeout", maybeDelivered: true },
    message: /100 ms/,
  },
  {
    name: "stops in the middle of the head",
    act: socket => socket.write("HTTP/1.1 200 OK\r\nContent-Le"),
    options: { timeout: 100 },
    expected: { reason: "timeout", maybeDelivered: true },
  },
  {
    name: "quotes the request",
    act: socket => socket.end(httpAnswer("400 Bad", html(`Authorization: Basic ${SENT}, ${PASSWORD}`))),
    expected: { reason: "http-status", httpStatus: 400 },
    message: /Basic \[secret\], \[secret\]/,
  },
  {
    name: "drips",
    act: socket => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
      const drip = setInterval(() => socket.write("x"), 5)
      socket.on("close", () => clearInterval(drip))
    },
    options: { timeout: 200 },
    expected: { reason: "timeout", maybeDelivered: true },
  },
  {
    name: "closes without an answer",
    act: socket => socket.end(),
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "resets the connection",
    act: socket => socket.resetAndDestroy(),
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "closes in the middle of the body",
    act: socket =>
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${hello.length}\r\n\r\n${hello.slice(0, 50)}`),
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "closes in the middle of a chunked body",
    act: socket =>
      socket.end(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n${hello.slice(0, 5)}\r\n`),
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "resets in the middle of the body",
    act: socket => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${hello.length}\r\n\r\n${hello.slice(0, 50)}`)
      setTimeout(() => socket.resetAndDestroy(), 50)
    },
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "speaks SSH",
    act: socket => socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
  },
  {
    name: "sends garbage",
    act: socket => socket.end("\u0000\u0001\u0002\n\n\n"),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
  },
  {
    name: "answers a page",
    act: socket => socket.end(httpAnswer("200 OK", html("It works"))),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
    message: /expected <methodResponse>, got "<html>"/,
  },
  {
    name: "answers nothing",
    act: socket => socket.end(httpAnswer("200 OK")),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
  },
  {
    name: "answers half a document",
    act: socket => socket.end(httpAnswer("200 OK", hello.slice(0, 60))),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
  },
  {
    name: "compresses",
    act: socket => socket.end(httpAnswer("200 OK", hello, ["Content-Encoding: gzip"])),
    expected: { reason: "not-xmlrpc", maybeDelivered: true },
    message: /gzip/,
  },
  {
    name: "redirects",
    act: socket => socket.end(httpAnswer("302 Found", "", ["Location: http://u:p@ss@elsewhere/x"])),
    expected: { reason: "redirected", maybeDelivered: false },
    message: /HTTP 302 to http:\/\/elsewhere\/x/,
  },
  {
    name: "refuses the password with a page",
    act: socket => socket.end(httpAnswer("401 Unauthorized", html("Error response"))),
    expected: { reason: "unauthorized", httpStatus: 401, maybeDelivered: false },
  },
  {
    name: "refuses the password with XML that looks like an answer",
    act: socket => socket.end(httpAnswer("401 Unauthorized", hello)),
    expected: { reason: "unauthorized", httpStatus: 401, maybeDelivered: false },
  },
  {
    name: "has an error and answers a page",
    act: socket => socket.end(httpAnswer("500 Oops", html("Error\u001b[31m\nresponse"))),
    expected: { reason: "http-status", httpStatus: 500, maybeDelivered: true },
    message: /HTTP 500, Error␛\[31m response/,
  },
  {
    name: "has an error and answers XML that looks like an answer",
    act: socket => socket.end(httpAnswer("503 Busy", hello)),
    expected: { reason: "http-status", httpStatus: 503, maybeDelivered: true },
  },
  {
    name: "knows no such path",
    act: socket => socket.end(httpAnswer("404 Not Found")),
    expected: { reason: "http-status", httpStatus: 404, maybeDelivered: false },
  },
  {
    name: "announces more than is allowed",
    act: socket => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
    expected: { reason: "too-large", maybeDelivered: true },
    message: /16 MiB/,
  },
  {
    name: "sends more than is allowed",
    act: socket => socket.write(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(2000)}`),
    options: { maxBytes: 1000 },
    expected: { reason: "too-large", maybeDelivered: true },
    message: /1000 bytes/,
  },
  {
    name: "wants another protocol",
    act: socket =>
      socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    expected: { reason: "closed", maybeDelivered: true },
  },
  {
    name: "echoes the password in a fault with escapes",
    act: socket =>
      socket.end(
        httpAnswer(
          "200 OK",
          `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member><member><name>faultString</name><value>BAD_NAME: \u009b31m ${PASSWORD} ${"x".repeat(5000)}</value></member></struct></value></fault></methodResponse>`,
        ),
      ),
    expected: { reason: "fault", faultCode: 10, maybeDelivered: false },
    message: /^BAD_NAME: \ufffd31m \[secret\] x{150,190}…$/,
  },
]

test.each(ROWS)("a peer that $name: $expected.reason", async ({ act, expected, message, options }) => {
  const { url, open } = await peer(act)
  const failure = await failureOf(url, options)
  expect(failure).toMatchObject(expected)
  if (message) expect(failure.message).toMatch(message)
  await until("the connection is gone", () => open() === 0)
})

test("a port where nobody listens: refused", async () => {
  const failure = await failureOf(`http://127.0.0.1:${await freePort()}`)
  expect(failure).toMatchObject({ reason: "refused", maybeDelivered: false })
})

test("a socket that does not exist: refused, and said so", async () => {
  const failure = await failureOf("unix:///nowhere/sv.sock")
  expect(failure).toMatchObject({ reason: "refused", maybeDelivered: false })
  expect(failure.message).toMatch(/socket does not exist/)
})

test("a name without an address: unresolved", async () => {
  const failure = await failureOf("http://nowhere.invalid:9001")
  expect(failure).toMatchObject({ reason: "unresolved", maybeDelivered: false })
})

test("a port that does not take the connection: connect-timeout, surely not delivered", async () => {
  const full = await startFullPort()
  stops.push(full.stop)
  const endpoint = parseEndpoint(full.url, { connectTimeout: 150, timeout: 30_000 })
  await expect(createProxy(endpoint).call("m")).rejects.toMatchObject({
    failure: { reason: "connect-timeout", maybeDelivered: false, message: expect.stringMatching(/150 ms/) },
  })
})

test("a port that does not speak TLS: tls, and a silent one: connect-timeout", async () => {
  const plain = await peer(socket => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), { at: "connect" })
  const closing = await peer(socket => socket.destroy(), { at: "connect" })
  const silent = await peer(() => {}, { at: "connect" })
  for (const { port } of [plain, closing]) {
    expect(await failureOf(`https://127.0.0.1:${port}`)).toMatchObject({
      reason: "tls",
      maybeDelivered: false,
    })
  }
  const endpoint = parseEndpoint(`https://127.0.0.1:${silent.port}`, { connectTimeout: 100 })
  await expect(createProxy(endpoint).call("m")).rejects.toMatchObject({
    failure: { reason: "connect-timeout", maybeDelivered: false },
  })
})

test.each([
  [
    "chunks",
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${hello.length.toString(16)}\r\n${hello}\r\n0\r\n\r\n`,
  ],
  ["no length", `HTTP/1.1 200 OK\r\n\r\n${hello}`],
  ["HTTP/1.0", `HTTP/1.0 200 OK\r\n\r\n${hello}`],
  ["an interim answer", `HTTP/1.1 100 Continue\r\n\r\n${httpAnswer("200 OK", hello)}`],
])("an answer with %s is taken", async (_, bytes) => {
  const { url } = await peer(socket => socket.end(bytes))
  expect(await createProxy(parseEndpoint(url)).call("m")).toBe("hello")
})

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0

test.skipIf(!hasOpenssl)("a certificate that nobody vouches for: tls, surely not delivered", async () => {
  const folder = await mkdtemp(join(tmpdir(), "minos-tls-"))
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")]
  const make = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout ${key} -out ${cert}`
  await execa("openssl", make.split(" "))
  let called = false
  const server = createSecureServer(
    { key: await readFile(key), cert: await readFile(cert) },
    (_, response) => {
      called = true
      response.end(hello)
    },
  )
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  stops.push(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  const { port } = server.address() as AddressInfo
  const failure = await failureOf(`https://127.0.0.1:${port}`)
  expect(failure).toMatchObject({ reason: "tls", maybeDelivered: false })
  expect(failure.message).toMatch(/self-signed certificate/)
  expect(called).toBe(false)
})

test("a request has its length, its type and the password in UTF-8, and asks for the connection to be closed", async () => {
  const { url, received } = await peer(socket => socket.end(httpAnswer("200 OK", answer("ok").toString())))
  const endpoint = parseEndpoint(url.replace("://", `://minos:${encodeURIComponent("pä:ß")}@`))
  await createProxy(endpoint).call("a.b", ["é"])
  const [head = "", body = ""] = received().split("\r\n\r\n")
  expect(head).toMatch(/^POST \/RPC2 HTTP\/1\.1\r\n/)
  expect(head).toMatch(new RegExp(`^Content-Length: ${body.length}$`, "m"))
  expect(head).toMatch(/^Content-Type: text\/xml\r?$/m)
  expect(head).toMatch(/^Connection: close\r?$/m)
  expect(head).toContain(`Authorization: Basic ${Buffer.from("minos:pä:ß").toString("base64")}`)
})

test("a call that is cancelled before it begins connects nowhere", async () => {
  const { url, received } = await peer(() => {})
  const failure = await failureOf(url, { signal: AbortSignal.abort() })
  expect(failure).toMatchObject({ reason: "cancelled", maybeDelivered: false })
  expect(received()).toBe("")
})

test.each<[string, () => CallOptions]>([
  ["takes too long", () => ({ timeout: 100 })],
  ["is cancelled", () => ({ signal: AbortSignal.timeout(100) })],
])("a call that %s is reset, so that nothing of it is delivered later", async (_, options) => {
  let ended = ""
  const { url } = await peer(socket => {
    socket.once("error", error => {
      ended = (error as NodeJS.ErrnoException).code ?? ""
    })
  })
  expect((await failureOf(url, options())).maybeDelivered).toBe(true)
  expect(await until("the connection is gone", () => ended)).toBe("ECONNRESET")
})

test("a hundred calls in flight on one signal are all cancelled, close their connections and leave no listener", async () => {
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on("warning", warn)
  const { url, open, received } = await peer(() => {})
  const cancel = new AbortController()
  const calls = Array.from({ length: 100 }, () => failureOf(url, { signal: cancel.signal }))
  await until("all requests are there", () => received().split("POST").length === 101)
  cancel.abort()
  for (const failure of await Promise.all(calls)) {
    expect(failure).toMatchObject({ reason: "cancelled", maybeDelivered: true })
  }
  await until("all connections are gone", () => open() === 0)
  process.off("warning", warn)
  expect(warnings).toEqual([])
})
