import { afterAll, beforeAll, expect, test } from "vitest"
import { Secret } from "../../src/model/secret.js"
import { withIntrospection } from "../../src/rpc/introspection.js"
import { fault, type Method } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer, type Server } from "../../src/rpc/server.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { type PythonServer, runPython, startSimpleServer } from "../support/python.js"
import { patient } from "./support.js"

const everything: XmlRpcValue = {
  // Without \r, which Python sends as it is, so that it arrives as \n.
  text: "<&>]]>]]>\n日本",
  ints: [0, -1, 2147483647],
  big: 2 ** 40,
  double: 0.1,
  yes: true,
  no: false,
  nothing: null,
  bytes: Buffer.from([0, 255]),
  when: new Date("2026-01-02T03:04:05Z"),
  empty: [{}, [], ""],
}

test.each(["threaded", "plain"] as const)("Python's SimpleXMLRPCServer, %s, answers us", async kind => {
  const server: PythonServer = await startSimpleServer({ threaded: kind === "threaded" })
  try {
    for (const path of ["", "/RPC2"]) {
      const proxy = createProxy(patient(server.url + path))
      expect(await proxy.call("pow", [2, 3])).toBe(8)
      expect(await proxy.call("echo", [everything])).toEqual(everything)
      expect(await proxy.call("system.listMethods")).toContain("pow")
      await expect(proxy.call("fail", ["boom"])).rejects.toMatchObject({
        failure: { reason: "fault", faultCode: 1, message: "<class 'ValueError'>:boom" },
      })
    }
    const values = Array.from({ length: 50 }, (_, index) => index)
    const proxy = createProxy(patient(server.url))
    expect(await Promise.all(values.map(value => proxy.call("echo", [value])))).toEqual(values)
  } finally {
    await server.stop()
  }
})

let server: Server
let url: string

beforeAll(async () => {
  const method = (call: Method["call"], help = ""): Method => ({ signature: ["any", "any"], help, call })
  server = createServer({
    methods: withIntrospection(
      new Map([
        ["echo", method(([value]) => value ?? null, "Gives back its parameter.")],
        ["refuse", method(() => Promise.reject(fault("BAD_NAME", "x")))],
        ["escape", method(() => "\u001b[31m\r\n")],
      ]),
    ),
    credentials: { user: "minos", password: new Secret("test", "pä ß") },
  })
  const { port } = await server.listen("127.0.0.1", 0)
  url = `http://minos:p%C3%A4%20%C3%9F@127.0.0.1:${port}`
})

afterAll(() => server?.close())

test("Python's xmlrpc.client calls our server", async () => {
  const printed = await runPython(
    `
import sys, datetime, xmlrpc.client
from xmlrpc.client import ServerProxy, MultiCall, Fault, ProtocolError
url = sys.argv[1]
proxy = ServerProxy(url, allow_none=True, use_builtin_types=True)
value = {"a<&": ["<\\n\\u65e5", 1, -2.5, True, None, b"\\x00\\xff", {}], "t": datetime.datetime(2026, 1, 2, 3, 4, 5)}
assert proxy.echo(value) == value, proxy.echo(value)
assert proxy.escape(0) == "\\u241b[31m\\r\\n", proxy.escape(0)
assert "echo" in proxy.system.listMethods()
assert proxy.system.methodHelp("echo") == "Gives back its parameter."
assert proxy.system.methodSignature("echo") == [["any", "any"]]
for call, code in ((lambda: proxy.refuse(1), 10), (lambda: proxy.nope(), 1), (lambda: proxy.echo(), 2)):
    try:
        call()
        assert False
    except Fault as fault:
        assert fault.faultCode == code, fault
multi = MultiCall(proxy)
multi.echo({"faultCode": 1, "faultString": "none"})
multi.echo([1])
multi.refuse(1)
results = multi()
assert results[0] == {"faultCode": 1, "faultString": "none"} and results[1] == [1]
try:
    results[2]
    assert False
except Fault as fault:
    assert fault.faultString == "BAD_NAME: x"
try:
    ServerProxy(url.replace("minos", "other")).echo(1)
    assert False
except ProtocolError as error:
    assert error.errcode == 401
print("all well")
`,
    [url],
  )
  expect(printed).toBe("all well")
})
