import type { Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import type { Endpoint } from "../../src/model/endpoint.js"
import { CallError, type CallFailure } from "../../src/model/failure.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { type CallOptions, createProxy, type Proxy } from "../../src/rpc/proxy.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { response } from "../rpc/support.js"
import { startFullPort } from "../support/full-port.js"
import { httpAnswer, startPeer } from "../support/peer.js"
import { freePort } from "../support/ports.js"
import { startHosts, startRelay, wayBy } from "./relay-bench.js"

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const peer = async (act: (socket: Socket) => void, options: { readonly at?: "connect" } = {}) => {
  const started = await startPeer(act, options)
  stops.push(started.stop)
  return started.url
}

const answering = (bytes: string) => () => peer(socket => socket.end(bytes))
const hello = response("<value>hello</value>")
const page = (title: string) => `<html><head><title>${title}</title></head><body>x</body></html>`
const fault = (code: number, text: string) =>
  `<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>${code}</int></value></member><member><name>faultString</name><value>${text}</value></member></struct></value></fault></methodResponse>`

interface Row {
  readonly name: string
  readonly url: () => Promise<string>
  readonly options?: CallOptions
  readonly connectTimeout?: number
}

const HOSTS: readonly Row[] = [
  { name: "an answer", url: answering(httpAnswer("200 OK", hello)) },
  {
    name: "values of every type",
    url: answering(
      httpAnswer(
        "200 OK",
        response(
          "<value><struct><member><name>a</name><value><array><data><value><i4>1</i4></value><value><double>1.5</double></value><value><boolean>1</boolean></value><value><base64>aGk=</base64></value><value><dateTime.iso8601>20260101T00:00:00</dateTime.iso8601></value><value>ä\u{1F600}</value></data></array></value></member></struct></value>",
        ),
      ),
    ),
  },
  {
    name: "a log with characters that XML forbids",
    url: answering(httpAnswer("200 OK", response("<value><string>a\u0001b\u001b[31m</string></value>"))),
    options: { lenient: true },
  },
  { name: "refused", url: async () => `http://127.0.0.1:${await freePort()}` },
  { name: "hanging", url: () => peer(() => {}), options: { timeout: 150 } },
  {
    name: "dripping",
    url: () =>
      peer(socket => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        const drip = setInterval(() => socket.write("x"), 5)
        socket.on("close", () => clearInterval(drip))
      }),
    options: { timeout: 200 },
  },
  {
    name: "no connection",
    url: async () => {
      const full = await startFullPort()
      stops.push(full.stop)
      return full.url
    },
    connectTimeout: 150,
  },
  { name: "no address", url: async () => "http://nowhere.invalid:9001" },
  {
    name: "no TLS there",
    url: async () =>
      (await peer(socket => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), { at: "connect" })).replace(
        "http:",
        "https:",
      ),
  },
  {
    name: "closing in the handshake",
    url: async () => (await peer(socket => socket.destroy(), { at: "connect" })).replace("http:", "https:"),
  },
  { name: "closed", url: () => peer(socket => socket.end()) },
  { name: "reset", url: () => peer(socket => socket.resetAndDestroy()) },
  { name: "half a body", url: answering(`HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n${hello}`) },
  { name: "401", url: answering(httpAnswer("401 Unauthorized", page("Error response"))) },
  { name: "403", url: answering(httpAnswer("403 Forbidden", "no")) },
  { name: "404", url: answering(httpAnswer("404 Not Found")) },
  { name: "500", url: answering(httpAnswer("500 Oops", page("Error\u001b[31m\nresponse"))) },
  {
    name: "503 in plain text",
    url: answering(httpAnswer("503 Busy", "come later", ["Content-Type: text/plain"])),
  },
  { name: "elsewhere", url: answering(httpAnswer("302 Found", "", ["Location: http://u:p@elsewhere/x"])) },
  { name: "compressed", url: answering(httpAnswer("200 OK", hello, ["Content-Encoding: gzip"])) },
  { name: "SSH", url: answering("SSH-2.0-OpenSSH_9.2\r\n") },
  { name: "garbage", url: answering(httpAnswer("200 OK", "\u0000\u0001\u0002")) },
  { name: "a page", url: answering(httpAnswer("200 OK", page("It works"))) },
  { name: "half a document", url: answering(httpAnswer("200 OK", hello.slice(0, 60))) },
  {
    name: "too large by its length",
    url: answering("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"),
  },
  {
    name: "too large",
    url: answering(`HTTP/1.1 200 OK\r\n\r\n${"x".repeat(2000)}`),
    options: { maxBytes: 1000 },
  },
  { name: "a fault", url: answering(httpAnswer("200 OK", fault(10, "BAD_NAME: secret-of-host"))) },
]

test.each(HOSTS)(
  "$name is the same by a relay as without one",
  async ({ url, options = {}, connectTimeout = 20_000 }) => {
    const endpoint = parseEndpoint((await url()).replace("://", "://minos:secret-of-host@"), {
      connectTimeout,
      timeout: 20_000,
    })
    const relay = await startRelay()
    const direct = await outcomeOf(createProxy(endpoint), options)
    const relayed = await outcomeOf(wayBy(relay.endpoint).to(endpoint), options)
    expect(relayed).toEqual(direct)
    expect(JSON.stringify(relayed)).not.toContain("secret-of-host")
  },
)

test("a raw log is fetched by a relay as well, up to its first piece", async () => {
  const endpoint = parseEndpoint(
    await peer(socket => socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")),
  )
  const answer = await wayBy((await startRelay()).endpoint)
    .to(endpoint)
    .getFirst("/logtail/a/stdout")
  expect(answer.body.toString()).toBe("abc")
})

async function outcomeOf(proxy: Proxy, options: CallOptions): Promise<XmlRpcValue | CallFailure> {
  try {
    return await proxy.call("supervisor.startProcess", ["web", false], options)
  } catch (error) {
    if (error instanceof CallError) return error.failure
    throw error
  }
}

test("three hundred hosts are called by one connection at a time, and each answer reaches its caller", async () => {
  const relay = await startRelay()
  const { endpoints } = await startHosts(300)
  const way = wayBy(relay.endpoint)
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on("warning", warn)
  const { signal } = new AbortController()
  const answers = await Promise.all(
    endpoints.map(host => way.to(host).call("system.listMethods", [], { signal })),
  )
  process.off("warning", warn)
  expect(warnings).toEqual([])
  expect(answers).toEqual(endpoints.map(({ address }) => `system.listMethods at ${hostOf(address)}`))
  expect(relay.called).toMatchObject({ submit: 1, peak: 1 })
})

test("calls of others go on while one waits for its host, still by one connection", async () => {
  const relay = await startRelay()
  let release = (): void => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const { endpoints } = await startHosts(2, async (method, address) => {
    if (address.endsWith(".1")) await held
    return `${method} at ${address}`
  })
  const [slow, quick] = endpoints as [Endpoint, Endpoint]
  const way = wayBy(relay.endpoint)
  const waiting = way.to(slow).call("supervisor.getState")
  for (let n = 0; n < 5; n++)
    expect(await way.to(quick).call("supervisor.startProcess", ["a"])).toMatch(/127.0.1.2$/)
  release()
  expect(await waiting).toBe("supervisor.getState at 127.0.1.1")
})

function hostOf(address: Endpoint["address"]): string {
  return address.kind === "tcp" ? address.host : address.path
}
