import { connect } from "node:net"
import { afterEach, expect, test } from "vitest"
import { FAULT } from "../../src/model/fault.js"
import { Secret } from "../../src/model/secret.js"
import { withIntrospection } from "../../src/rpc/introspection.js"
import { fault, type Method } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer, PARSE_ERROR, type Server, type ServerOptions } from "../../src/rpc/server.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { until } from "../support/until.js"
import { patient } from "./support.js"

const method = (signature: string, call: Method["call"], optional = 0): Method => ({
  signature: signature.split(" "),
  help: `Help for ${signature}.`,
  optional,
  call,
})

const methods = new Map<string, Method>([
  ["test.echo", method("any any", ([value]) => value ?? null)],
  ["test.add", method("int int int", ([a, b]) => (a as number) + ((b as number | undefined) ?? 1), 1)],
  ["test.types", method("nil string boolean double array struct base64 dateTime.iso8601 nil", () => null)],
  ["test.fault", method("any", () => Promise.reject(fault("BAD_NAME", "x")))],
  ["test.bug", method("any", () => Promise.reject(new TypeError("a\nb\u001b")))],
  ["test.undefined", method("any", () => undefined as unknown as XmlRpcValue)],
  ["test.user", method("string", (_, { user }) => user)],
  ["test.escape", method("string", () => "\u001b[31m")],
])

const ECHO =
  "<methodCall><methodName>test.echo</methodName><params><param><value>hi</value></param></params></methodCall>"

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start(options: Partial<ServerOptions> = {}) {
  const lines: string[] = []
  const server = createServer({
    methods: withIntrospection(methods),
    log: line => lines.push(line),
    ...options,
  })
  servers.push(server)
  const { port } = await server.listen("127.0.0.1", 0)
  const proxy = createProxy(patient(`http://127.0.0.1:${port}`))
  const faultOf = async (name: string, params: readonly XmlRpcValue[] = []) => {
    const { failure } = await proxy.call(name, params).then(
      () => ({ failure: undefined }),
      (error: { failure?: { faultCode?: number; message: string } }) => error,
    )
    return [failure?.faultCode, failure?.message]
  }
  return { server, port, proxy, faultOf, lines }
}

/** Sends bytes and gives all that comes back until the server closes the connection. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ""
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes))
    socket.on("data", chunk => {
      received += chunk
    })
    socket.on("close", () => resolve(received))
    socket.on("error", reject)
  })
}

function request(line: string, headers: Readonly<Record<string, string>>, body = ""): string {
  const all = {
    Host: "127.0.0.1",
    "Content-Type": "text/xml",
    "Content-Length": `${body.length}`,
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return `${[`${line} HTTP/1.1`, ...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`
}

const statusOf = (answer: string) => Number(answer.split(" ", 2)[1])

test("a call gets its answer, on /RPC2 and on /", async () => {
  const { port } = await start()
  for (const path of ["/RPC2", "/"]) {
    const proxy = createProxy({ ...patient(`http://127.0.0.1:${port}`), path })
    expect(await proxy.call("test.echo", [{ a: [1, "é", true, null] }])).toEqual({ a: [1, "é", true, null] })
  }
})

test("what a method throws is a fault: its own as it is, any other as FAILED with one clean line, and logged", async () => {
  const { faultOf, lines } = await start()
  expect(await faultOf("test.fault")).toEqual([FAULT.BAD_NAME, "BAD_NAME: x"])
  expect(await faultOf("test.bug")).toEqual([FAULT.FAILED, "FAILED: a b␛"])
  expect(await faultOf("test.undefined")).toEqual([
    FAULT.FAILED,
    "FAILED: the result is undefined, which XML-RPC cannot carry",
  ])
  expect(lines).toEqual([
    "test.bug: a b␛",
    "test.undefined: the result is undefined, which XML-RPC cannot carry",
  ])
})

test("every unknown method gets the same fault", async () => {
  const { faultOf } = await start()
  for (const name of ["nope", "system.__class__", "__proto__", "constructor", "a.b.c", "x".repeat(10_000)]) {
    expect(await faultOf(name)).toEqual([FAULT.UNKNOWN_METHOD, "UNKNOWN_METHOD"])
  }
})

test("parameters are checked against the signature before the method runs", async () => {
  const { proxy, faultOf } = await start()
  expect(await proxy.call("test.add", [1, 2])).toBe(3)
  expect(await proxy.call("test.add", [1])).toBe(2)
  const wrong: XmlRpcValue[][] = [[], [1, 2, 3], ["1"], [1, 2.5], [true], [null]]
  for (const params of wrong) expect((await faultOf("test.add", params))[0]).toBe(FAULT.INCORRECT_PARAMETERS)
  const right: XmlRpcValue[] = ["", true, 1.5, [], {}, Buffer.from("x"), new Date(0), null]
  expect(await proxy.call("test.types", right)).toBe(null)
  for (let at = 0; at < right.length; at++) {
    const params = right.with(at, at === 0 ? 1 : "wrong")
    expect(await faultOf("test.types", params)).toEqual([
      FAULT.INCORRECT_PARAMETERS,
      expect.stringContaining(`parameter ${at + 1} is no`),
    ])
  }
})

test("control characters in a result do not cost the answer", async () => {
  const { proxy } = await start()
  expect(await proxy.call("test.escape")).toBe("␛[31m")
})

test.each([
  ["text", "hello"],
  ["nothing", ""],
  ["half a call", ECHO.slice(0, 60)],
  ["an answer", "<methodResponse/>"],
  ["a DOCTYPE", `<!DOCTYPE x [<!ENTITY a "b">]>${ECHO}`],
  ["ten thousand values", ECHO.replace("<value>hi</value>", "<value/>".repeat(10_001))],
  [
    "a member of 900 KB, twice",
    ECHO.replace(
      "hi",
      `<struct>${`<member><name>${"x".repeat(450_000)}</name><value/></member>`.repeat(2)}</struct>`,
    ),
  ],
  [
    "a billion laughs",
    `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${ECHO.replace("hi", "&b;")}`,
  ],
  [
    "a file of the host",
    `<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${ECHO.replace("hi", "&f;")}`,
  ],
  ["an instruction", `<?xml-stylesheet href="http://127.0.0.1/x"?>${ECHO}`],
  ["arrays 100,000 deep", ECHO.replace("hi", "<array><data><value>".repeat(100_000 / 5))],
])("a body that is %s gets the fault for a parse error", async (_, body) => {
  const { port } = await start()
  const answer = await raw(port, request("POST /RPC2", {}, body))
  expect(statusOf(answer)).toBe(200)
  expect(answer).toContain(`<int>${PARSE_ERROR}</int>`)
})

const credentials = { user: "minos", password: new Secret("test", "pä:ß") }
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`

test.each<[string, string, Record<string, string>, string, number]>([
  ["a GET", "GET /RPC2", {}, "", 405],
  ["a GET of /", "GET /", {}, "", 405],
  ["a PUT", "PUT /RPC2", {}, ECHO, 405],
  ["another path", "POST /other", {}, ECHO, 404],
  ["a form", "POST /RPC2", { "Content-Type": "application/x-www-form-urlencoded" }, ECHO, 415],
  ["plain text", "POST /RPC2", { "Content-Type": "text/plain" }, ECHO, 415],
  ["a page of another site", "POST /RPC2", { Origin: "http://evil.example" }, ECHO, 403],
  ["a name made to point here", "POST /RPC2", { Host: "evil.example:80" }, ECHO, 421],
  ["a name that looks like loopback", "POST /RPC2", { Host: "127.0.0.1.evil.example" }, ECHO, 421],
  ["too much", "POST /RPC2", { "Content-Length": "1048577" }, ECHO, 413],
  ["a length that is none", "POST /RPC2", { "Content-Length": "-5" }, ECHO, 400],
  ["a length in words", "POST /RPC2", { "Content-Length": "abc" }, ECHO, 400],
  ["a length beyond all numbers", "POST /RPC2", { "Content-Length": "99999999999999999999" }, ECHO, 400],
  ["two lengths", "POST /RPC2", { "Content-Length": `${ECHO.length}\r\nContent-Length: 5` }, ECHO, 400],
  ["a length and chunks", "POST /RPC2", { "Transfer-Encoding": "chunked" }, ECHO, 400],
  ["another type of XML", "POST /RPC2", { "Content-Type": "application/xml; charset=utf-8" }, ECHO, 200],
  ["localhost", "POST /RPC2", { Host: "localhost:1" }, ECHO, 200],
  ["[::1]", "POST /RPC2", { Host: "[::1]:1" }, ECHO, 200],
])("a request with %s", async (_, line, headers, body, status) => {
  const { port } = await start()
  expect(statusOf(await raw(port, request(line, headers, body)))).toBe(status)
})

test("chunks that grow beyond the limit are refused", async () => {
  const { port } = await start({ maxBody: 1000 })
  const head = request("POST /RPC2", { "Transfer-Encoding": "chunked" }).replace(
    /Content-Length: \d+\r\n/,
    "",
  )
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`
  expect(statusOf(await raw(port, `${head}${chunk}${chunk}0\r\n\r\n`))).toBe(413)
})

test.each<[string, string | undefined, number]>([
  ["right", basic("minos:pä:ß"), 200],
  ["missing", undefined, 401],
  ["a wrong password", basic("minos:pä:s"), 401],
  ["a wrong user", basic("minis:pä:ß"), 401],
  ["an empty one", basic(""), 401],
  ["a longer password", basic("minos:pä:ßß"), 401],
  ["latin-1", `Basic ${Buffer.from("minos:pä:ß", "latin1").toString("base64")}`, 401],
  ["another scheme", "Bearer pä", 401],
  ["no base64", "Basic %%%", 401],
])("credentials that are %s", async (_, authorization, status) => {
  const { port } = await start({ credentials })
  const headers =
    authorization === undefined ? {} : { Authorization: Buffer.from(authorization).toString("latin1") }
  const answer = await raw(
    port,
    request("POST /RPC2", headers, ECHO).replace(
      "Connection: close\r\n",
      status === 401 ? "" : "Connection: close\r\n",
    ),
  )
  expect(statusOf(answer)).toBe(status)
  if (status === 401) expect(answer).toMatch(/^WWW-Authenticate: Basic realm="minos"/m)
})

test("a method learns who calls", async () => {
  const { port } = await start({ credentials })
  const proxy = createProxy(patient(`http://127.0.0.1:${port}`, credentials))
  expect(await proxy.call("test.user")).toBe("minos")
})

test("other paths come after authentication, and may refuse", async () => {
  const { port } = await start({
    credentials,
    other: (incoming, response, user) => {
      if (incoming.url !== "/blobs/x") return false
      response.end(`hello ${user}`)
      return true
    },
  })
  const headers = { Authorization: basic("minos:pä:ß") }
  expect(await raw(port, request("GET /blobs/x", headers))).toMatch(/hello minos$/)
  expect(statusOf(await raw(port, request("GET /blobs/y", headers)))).toBe(404)
  expect(statusOf(await raw(port, request("GET /blobs/x", {})))).toBe(401)
})

test("an error in another path's handler is answered and logged", async () => {
  const { port, lines } = await start({ other: () => Promise.reject(new Error("disk full")) })
  expect(statusOf(await raw(port, request("GET /blobs/x", {})))).toBe(500)
  expect(lines).toEqual(["GET /blobs/x: disk full"])
})

test("a slow call holds up no other", async () => {
  let release = () => {}
  const held = new Promise<string>(resolve => {
    release = () => resolve("late")
  })
  const { proxy } = await start({
    methods: new Map([...methods, ["test.held", method("string", () => held)]]),
  })
  const slow = proxy.call("test.held")
  expect(await Promise.all([1, 2, 3].map(value => proxy.call("test.echo", [value])))).toEqual([1, 2, 3])
  release()
  expect(await slow).toBe("late")
})

test("a method learns that its caller has gone", async () => {
  const seen: string[] = []
  const wait = method("string", async (_, { signal }) => {
    seen.push("called")
    signal.addEventListener("abort", () => seen.push("gone"))
    await until("the caller is gone", () => signal.aborted)
    return "nobody reads this"
  })
  const { proxy } = await start({ methods: new Map([["test.wait", wait]]) })
  const cancel = new AbortController()
  const call = proxy.call("test.wait", [], { signal: cancel.signal })
  call.catch(() => {})
  await until("it is called", () => seen.includes("called"))
  cancel.abort()
  await expect(call).rejects.toMatchObject({ failure: { reason: "cancelled" } })
  await until("it knows", () => seen.includes("gone"))
})

test("a server that closes lets a call in flight end and takes no further one", async () => {
  let release = () => {}
  const held = new Promise<string>(resolve => {
    release = () => resolve("done")
  })
  let called = false
  const slow = method("string", () => {
    called = true
    return held
  })
  const { server, proxy } = await start({ methods: () => new Map([["test.slow", slow]]) })
  const call = proxy.call("test.slow")
  await until("it is called", () => called)
  const closed = server.close()
  release()
  expect(await call).toBe("done")
  await closed
  await expect(proxy.call("test.slow")).rejects.toMatchObject({ failure: { reason: "refused" } })
})

test("a server that closes does not wait for a call without end", async () => {
  let called = false
  const endless = method("string", () => {
    called = true
    return new Promise<string>(() => {})
  })
  const { server, proxy } = await start({ methods: new Map([["test.endless", endless]]) })
  const call = proxy.call("test.endless")
  call.catch(() => {})
  await until("it is called", () => called)
  await server.close()
  await expect(call).rejects.toMatchObject({ failure: { reason: "closed", maybeDelivered: true } })
})

test("a server that closes ends connections that wait for nothing", async () => {
  const { server, port } = await start()
  const socket = connect(port, "127.0.0.1")
  await new Promise(resolve => socket.once("connect", resolve))
  const ended = new Promise(resolve => socket.once("close", resolve))
  socket.on("error", () => {})
  await server.close()
  await ended
})

test("an address that is taken is an error of listen", async () => {
  const { port } = await start()
  const second = createServer({ methods })
  await expect(second.listen("127.0.0.1", port)).rejects.toMatchObject({ code: "EADDRINUSE" })
})

test("introspection tells what there is", async () => {
  const { proxy, faultOf } = await start()
  expect(await proxy.call("system.listMethods")).toEqual(
    [
      ...methods.keys(),
      "system.listMethods",
      "system.methodHelp",
      "system.methodSignature",
      "system.multicall",
    ].sort(),
  )
  expect(await proxy.call("system.methodHelp", ["test.add"])).toBe("Help for int int int.")
  expect(await proxy.call("system.methodSignature", ["test.add"])).toEqual([
    ["int", "int", "int"],
    ["int", "int"],
  ])
  expect(await faultOf("system.methodHelp", ["nope"])).toEqual([
    FAULT.SIGNATURE_UNSUPPORTED,
    "SIGNATURE_UNSUPPORTED",
  ])
})

test("a multicall answers each call in its place", async () => {
  const { proxy, faultOf } = await start()
  const calls: XmlRpcValue[] = [
    { methodName: "test.echo", params: [{ faultCode: 1, faultString: "no fault" }] },
    { methodName: "test.fault", params: [] },
    { methodName: "nope", params: [] },
    { methodName: "system.multicall", params: [[]] },
    { methodName: "test.bug" },
    "nonsense",
    { methodName: "test.add", params: [1] },
  ]
  expect(await proxy.call("system.multicall", [calls])).toEqual([
    [{ faultCode: 1, faultString: "no fault" }],
    { faultCode: 10, faultString: "BAD_NAME: x" },
    { faultCode: 1, faultString: "UNKNOWN_METHOD" },
    { faultCode: 2, faultString: expect.stringContaining("multicall inside") },
    { faultCode: 30, faultString: expect.stringContaining("FAILED: a") },
    { faultCode: 2, faultString: expect.stringContaining("methodName") },
    [2],
  ])
  const many = Array.from({ length: 101 }, () => ({ methodName: "test.echo", params: [1] }))
  expect((await faultOf("system.multicall", [many]))[0]).toBe(FAULT.BAD_ARGUMENTS)
})
