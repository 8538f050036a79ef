import { afterEach, expect, test } from "vitest"
import { CallError } from "../../src/model/failure.js"
import { type CarrierOptions, DIRECT } from "../../src/rpc/carrier.js"
import { withIntrospection } from "../../src/rpc/introspection.js"
import { fault, type MethodTable } from "../../src/rpc/method.js"
import { both, callBoth, type Part } from "../../src/rpc/multicall.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer, type Server } from "../../src/rpc/server.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { patient } from "./support.js"

const open: Server[] = []
afterEach(() => Promise.all(open.splice(0).map(server => server.close())))

async function proxyTo(methods: MethodTable) {
  const server = createServer({ methods, log: () => {} })
  open.push(server)
  const { port } = await server.listen("127.0.0.1", 0)
  return createProxy(patient(`http://127.0.0.1:${port}`))
}

const gives = (call: () => XmlRpcValue) => ({ signature: ["array"], help: "", call })
const part = (method: string, givesArray = false): Part => ({ method, params: [], givesArray })
const inWords = (result: XmlRpcValue | CallError): unknown =>
  result instanceof CallError ? `${result.failure.faultCode} ${result.failure.message}` : result

test("an agent answers both calls in the order in which they are to be made, whatever becomes of the first", async () => {
  const made: string[] = []
  const making = (what: string): string => {
    made.push(what)
    return made.join("")
  }
  const proxy = await proxyTo(
    withIntrospection(
      new Map([
        ["t.scalar", gives(() => making("s"))],
        ["t.list", gives(() => [making("l")])],
        ["t.nothing", gives(() => [])],
        [
          "t.fault",
          gives(() => {
            making("f")
            throw fault("BAD_NAME", "web")
          }),
        ],
      ]),
    ),
  )
  const answers = async (first: Part, second: Part) =>
    (await callBoth(proxy, both(first, second), {})).map(inWords)
  expect(await answers(part("t.scalar"), part("t.list", true))).toEqual(["s", ["sl"]])
  expect(await answers(part("t.fault"), part("t.nothing", true))).toEqual(["10 BAD_NAME: web", []])
  expect(await answers(part("t.unknown"), part("t.scalar"))).toEqual(["1 UNKNOWN_METHOD", "slfs"])
})

test.each<[string, XmlRpcValue]>([
  ["one result", [1]],
  ["three results", [1, 2, 3]],
  ["no array", "web"],
])("%s for two calls is no answer", async (_, results) => {
  const proxy = await proxyTo(
    new Map([["system.multicall", { ...gives(() => results), optional: 0, signature: ["array", "array"] }]]),
  )
  await expect(callBoth(proxy, both(part("a"), part("b")), {})).rejects.toThrow(/should answer both calls/)
})

test.each([
  ["deployment.lock", false],
  ["deployment.locks", true],
])("whether %s with a look may be sent again when its answer is lost: %s", async (method, readOnly) => {
  const { post, get } = DIRECT
  const sent: (CarrierOptions | undefined)[] = []
  const proxy = createProxy(patient("http://127.0.0.1:9"), {
    get,
    post: (endpoint, body, options) => {
      sent.push(options)
      return post(endpoint, body, options)
    },
  })
  const look = part("supervisor.getAllProcessInfo", true)
  await expect(callBoth(proxy, both(part(method), look), {})).rejects.toThrow(CallError)
  expect(sent).toMatchObject([{ readOnly, use: { keep: true, repeatable: readOnly } }])
})
