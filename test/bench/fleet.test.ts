import { afterEach, beforeEach, expect, test } from "vitest"
import { type Fleet, startFleet } from "../../bench/fleet/fleet.js"
import { addressOf, FLAT, HANGING, NEAR } from "../../bench/fleet/place.js"
import { createProxy, type Proxy as TargetProxy } from "../../src/rpc/proxy.js"
import { getAllProcessInfo } from "../../src/rpc/supervisor.js"
import { patient } from "../rpc/support.js"
import { runPython } from "../support/python.js"
import { until } from "../support/until.js"

let fleet: Fleet

beforeEach(async () => {
  fleet = await startFleet()
})

afterEach(() => fleet.close())

const CALLS: readonly (readonly [method: string, ...params: string[]])[] = [
  ["supervisor.getAllProcessInfo"],
  ["supervisor.stopProcess", "web:web_01"],
  ["supervisor.stopProcess", "web:web_01"],
  ["supervisor.getProcessInfo", "web:web_01"],
  ["supervisor.startProcess", "web:web_01"],
  ["supervisor.startProcess", "web:web_01"],
  ["supervisor.getAllProcessInfo"],
  ["supervisor.getProcessInfo", "nobody"],
  ["supervisor.getState"],
  ["supervisor.getIdentification"],
  ["supervisor.getSupervisorVersion"],
  ["deployment.locks", "shop"],
]

const PYTHON = `
import json, sys
from xmlrpc.client import Fault, ServerProxy
proxy = ServerProxy(sys.argv[1])
answers = []
for method, *params in json.loads(sys.argv[2]):
    try:
        answers.append(getattr(proxy, method)(*params))
    except Fault as fault:
        answers.append([fault.faultCode, fault.faultString])
print(json.dumps(answers))
`

test("Python and minos are answered alike, on a connection that is kept and on one for each call", async () => {
  const urls = [0, 1].map(n => `http://${addressOf(FLAT, n)}:${fleet.port}/RPC2`)
  const python = JSON.parse(await runPython(PYTHON, [urls[0]!, JSON.stringify(CALLS)]))
  const proxy = createProxy(patient(urls[1]!))
  const ours = []
  for (const call of CALLS) ours.push(await answerTo(proxy, call))
  expect(timeless(python)).toEqual(timeless(ours))
  expect(python).toMatchObject([
    [{ statename: "RUNNING", group: "web", name: "web_00" }, { name: "web_01" }, { name: "web_02" }],
    true,
    [70, "NOT_RUNNING: web:web_01"],
    { statename: "STOPPED", pid: 0 },
    true,
    [60, "ALREADY_STARTED: web:web_01"],
    [{}, { statename: "RUNNING" }, {}],
    [10, "BAD_NAME: nobody"],
    { statecode: 1 },
    "supervisor",
    "4.2.5",
    [1, "UNKNOWN_METHOD"],
  ])
})

test("it counts connections, calls, bytes, and how many were in flight in each region", async () => {
  const callers = new AbortController()
  const hanging = [0, 1, 2, 3, 4].map(n =>
    ask(HANGING, n, callers.signal).catch(error => error.failure.reason),
  )
  await until("all hang", async () => fleet.counters().calls === 5)
  for (const n of [0, 1, 2]) await ask(NEAR, n)
  const { bytesIn, bytesOut, answeredAt, ...counters } = fleet.counters()
  expect(counters).toEqual({
    connections: 8,
    peakConnections: expect.any(Number),
    calls: 8,
    callsOf: { "supervisor.getAllProcessInfo": 8 },
    peakInFlight: 6,
    peakInFlightOf: { [NEAR]: 1, [HANGING]: 5 },
  })
  expect(counters.peakConnections).toBeGreaterThanOrEqual(6)
  expect(bytesIn / 8).toBeGreaterThan(100)
  expect(bytesOut / 3).toBeGreaterThan(3_400)
  expect(answeredAt).toHaveLength(3)
  callers.abort()
  expect(await Promise.all(hanging)).toEqual(Array(5).fill("cancelled"))
  await until("nothing is in flight", async () => {
    fleet.reset()
    return fleet.counters().peakInFlight === 0 && fleet.counters().peakConnections === 0
  })
  expect(fleet.counters()).toMatchObject({ connections: 0, calls: 0, bytesOut: 0, answeredAt: [] })
})

function ask(kind: number, n: number, signal?: AbortSignal): Promise<unknown> {
  const proxy = createProxy(patient(`http://${addressOf(kind, n)}:${fleet.port}`))
  return getAllProcessInfo(proxy, { signal })
}

async function answerTo(
  proxy: TargetProxy,
  [method, ...params]: readonly [string, ...string[]],
): Promise<unknown> {
  try {
    return await proxy.call(method, params)
  } catch (error) {
    const { failure, fault } = error as { failure: { faultCode: number }; fault?: { text: string } }
    return [failure.faultCode, fault?.text]
  }
}

/** Without what differs from one second, and from one start, to the next. */
function timeless(answers: unknown): unknown {
  const changing = new Set(["now", "start", "stop", "pid", "description"])
  return JSON.parse(JSON.stringify(answers, (key, value) => (changing.has(key) ? null : value)))
}
