import { type AddressInfo, createServer, type Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { openConnections } from "../../src/rpc/connection.js"
import { makeRoom } from "../../src/rpc/kept-connections.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import { httpAnswer } from "../support/peer.js"
import { until } from "../support/until.js"
import { patient, response } from "./support.js"

const INFO = "supervisor.getProcessInfo"
const BOTH = "system.multicall"
const ALL = "supervisor.getAllProcessInfo"
const ok = httpAnswer("200 OK", response("<value>ok</value>"))

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

interface Server {
  readonly proxy: Proxy
  /** Each call, as the number of its connection, from 1, and its method. */
  readonly calls: string[]
  /** The values of Connection in the requests. */
  readonly headers: string[]
  open(): number
}

/** A server on which `answer` is called for each request, with its number over all. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<Server> {
  const calls: string[] = []
  const headers: string[] = []
  let connections = 0
  let open = 0
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    const number = ++connections
    open++
    sockets.add(socket)
    socket.on("error", () => {}).on("close", () => open--)
    let text = ""
    socket.on("data", part => {
      text += part
      if (!text.endsWith("</methodCall>")) return
      calls.push(`${number} ${/<methodName>\w+\.(\w+)/.exec(text)?.[1]}`)
      headers.push(/^Connection: (\S+)/m.exec(text)?.[1] ?? "")
      text = ""
      answer(socket, calls.length)
    })
  })
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve))
  closing.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { proxy: createProxy(patient(`http://127.0.0.1:${port}`)), calls, headers, open: () => open }
}

test("the calls of a restart go over one connection, and a look at all processes over its own", async () => {
  const { proxy, calls, headers, open } = await serve(socket => socket.write(ok))
  for (const method of [INFO, BOTH, ALL, BOTH, INFO]) await proxy.call(method, ["web"])
  expect(calls).toEqual([
    "1 getProcessInfo",
    "1 multicall",
    "2 getAllProcessInfo",
    "1 multicall",
    "1 getProcessInfo",
  ])
  expect(headers).toEqual(["keep-alive", "keep-alive", "close", "keep-alive", "keep-alive"])
  await until("what was kept is closed", () => open() === 0)
})

test("what is kept makes room where connections are as many as there may be", async () => {
  const first = await serve(socket => socket.write(ok))
  const second = await serve(socket => socket.write(ok))
  await first.proxy.call(INFO, ["web"])
  await second.proxy.call(INFO, ["web"])
  const open = openConnections()
  makeRoom(open + 1)
  makeRoom(open)
  for (const { proxy } of [first, second]) await proxy.call(INFO, ["web"])
  expect([first.calls, second.calls]).toEqual([
    ["1 getProcessInfo", "2 getProcessInfo"],
    ["1 getProcessInfo", "1 getProcessInfo"],
  ])
})

test("two calls at once never share a connection", async () => {
  const { proxy, calls } = await serve(socket => socket.write(ok))
  await Promise.all([proxy.call(INFO, ["a"]), proxy.call(INFO, ["b"])])
  expect(calls.map(call => call[0]).sort()).toEqual(["1", "2"])
})

const text = (status: string, headers: readonly string[] = [], body = "x") =>
  httpAnswer(status, body, headers)

test.each<[string, string]>([
  ["an error", text("500 Oops")],
  ["a refusal", text("401 Unauthorized")],
  [
    "an answer that says it closes",
    httpAnswer("200 OK", response("<value>ok</value>"), ["Connection: close"]),
  ],
  ["an answer and more", `${ok}x`],
  ["an answer without a length", `HTTP/1.1 200 OK\r\n\r\n${response("<value>ok</value>")}`],
])("after %s the connection is not used again", async (_, first) => {
  const { proxy, calls } = await serve((socket, request) => {
    if (request > 1) return void socket.write(ok)
    socket.write(first)
    if (!/content-length/i.test(first)) socket.end()
  })
  await proxy.call(INFO, ["web"]).catch(() => {})
  expect(await proxy.call(INFO, ["web"])).toBe("ok")
  expect(calls).toEqual(["1 getProcessInfo", "2 getProcessInfo"])
})

test("a connection that is closed without a word is not used again", async () => {
  const { proxy, calls, open } = await serve(socket => socket.end(ok))
  await proxy.call(BOTH, ["web"])
  await until("it is closed", () => open() === 0)
  await proxy.call(BOTH, ["web"])
  expect(calls).toEqual(["1 multicall", "2 multicall"])
})

const resetsSecond = (socket: Socket, request: number): void => {
  if (request === 2) socket.resetAndDestroy()
  else socket.write(ok)
}

test("a write whose kept connection is reset may have been delivered, and is not sent again", async () => {
  const { proxy, calls } = await serve(resetsSecond)
  await proxy.call(INFO, ["web"])
  await expect(proxy.call(BOTH, ["web"])).rejects.toMatchObject({
    failure: { reason: "closed", maybeDelivered: true },
  })
  expect(calls).toEqual(["1 getProcessInfo", "1 multicall"])
})

test("a read whose kept connection is reset is sent again, once", async () => {
  const { proxy, calls } = await serve(resetsSecond)
  await proxy.call(INFO, ["web"])
  expect(await proxy.call(INFO, ["web"])).toBe("ok")
  expect(calls).toEqual(["1 getProcessInfo", "1 getProcessInfo", "2 getProcessInfo"])
})

test("a read whose own connection is reset is not sent again", async () => {
  const { proxy, calls } = await serve(socket => socket.resetAndDestroy())
  await expect(proxy.call(INFO, ["web"])).rejects.toMatchObject({ failure: { reason: "closed" } })
  expect(calls.length).toBe(1)
})
