import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises"
import { expect, onTestFinished, test } from "vitest"
import type { Endpoint } from "../../src/model/endpoint.js"
import { CallError, type CallFailure } from "../../src/model/failure.js"
import { Secret } from "../../src/model/secret.js"
import { type Carrier, DIRECT } from "../../src/rpc/carrier.js"
import { createProxy, type Proxy } from "../../src/rpc/proxy.js"
import { relayCarrier } from "../../src/rpc/relay-carrier.js"
import type { Patience } from "../../src/rpc/relay-session.js"
import { httpAnswer, startPeer } from "../support/peer.js"
import { freePort } from "../support/ports.js"
import { startToxicProxy } from "../support/toxic-proxy.js"
import type { Toxic } from "../support/toxics.js"
import { until } from "../support/until.js"
import { RELAY_LOGIN, relayAt, startHosts, startRelay, wayBy } from "./relay-bench.js"

const START = "supervisor.startProcess"
const READ = "supervisor.getState"

async function line(relayPort: number) {
  const proxy = await startToxicProxy({ port: relayPort })
  onTestFinished(() => proxy.stop())
  return proxy
}

const outcome = async (answer: Promise<unknown>): Promise<unknown> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof CallError) return error.failure
    throw error
  }
}

const lost = (maybeDelivered: boolean): Partial<CallFailure> => ({ reason: "relay", maybeDelivered })

function only(endpoints: readonly Endpoint[]): Endpoint {
  return endpoints[0] as Endpoint
}

interface Cut {
  readonly name: string
  readonly direction: "up" | "down"
  readonly toxic: Toxic
  /** The call of the relay whose connection breaks. */
  readonly of: "submit" | "poll"
}

const CUTS: readonly Cut[] = [
  { name: "before a submission arrives", direction: "up", toxic: { kind: "reset" }, of: "submit" },
  {
    name: "in the middle of a submission",
    direction: "up",
    toxic: { kind: "limit", bytes: 300 },
    of: "submit",
  },
  { name: "before a submission is answered", direction: "down", toxic: { kind: "reset" }, of: "submit" },
  {
    name: "in the middle of its answer",
    direction: "down",
    toxic: { kind: "limit", bytes: 40 },
    of: "submit",
  },
  { name: "so that a submission comes twice", direction: "up", toxic: { kind: "duplicate" }, of: "submit" },
  { name: "before a poll is answered", direction: "down", toxic: { kind: "reset" }, of: "poll" },
  {
    name: "in the middle of the answers",
    direction: "down",
    toxic: { kind: "limit", bytes: 200 },
    of: "poll",
  },
]

test.each(CUTS)(
  "a line that is cut $name loses nothing and does nothing twice",
  async ({ direction, toxic, of }) => {
    // Their answers are not there before a poll asks for them.
    const relay = await startRelay({ limits: { promptly: 0 } })
    const hosts = await startHosts(3, async (method, address) => {
      await sleep(50)
      return `${method} at ${address}`
    })
    const { port, toxic: put, requests } = await line(relay.port)
    const way = wayBy(relayAt(`http://127.0.0.1:${port}`))
    // The session stands already: what is sent first is a question of its own.
    await way.to(only(hosts.endpoints)).call(READ)
    const applied = put(direction, toxic, { times: 2, when: request => request.includes(`relay.${of}<`) })
    const answers = await Promise.all(hosts.endpoints.map(host => way.to(host).call(START, ["a"])))
    expect(answers).toEqual(["127.0.1.1", "127.0.1.2", "127.0.1.3"].map(host => `${START} at ${host}`))
    expect(hosts.methods.filter(method => method === START)).toHaveLength(3)
    expect(way.session.trouble()).toBeUndefined()
    applied.remove()
    // The first, two that broke (or came twice), and one more.
    expect(requests().filter(request => request.includes(`relay.${of}<`)).length).toBeGreaterThan(
      toxic.kind === "duplicate" ? 1 : 2,
    )
  },
)

test("a line that swallows everything for a while loses nothing", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const { port, toxic } = await line(relay.port)
  const way = wayBy({ ...relayAt(`http://127.0.0.1:${port}`), timeout: 300 }, { patience: { poll: 200 } })
  await way.to(only(hosts.endpoints)).call(READ)
  toxic("down", { kind: "swallow" }, { times: 3 })
  expect(await way.to(only(hosts.endpoints)).call(START, ["a"])).toBe(`${START} at 127.0.1.1`)
  expect(hosts.methods.filter(method => method === START)).toHaveLength(1)
})

/** A host that answers nothing until it is told to, and a relay that has calls for it under way. */
async function underWay(fallback: boolean, patience: Partial<Patience>) {
  const port = await freePort()
  const relay = await startRelay({ port })
  let release = (): void => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  const hosts = await startHosts(1, async method => {
    if (hosts.methods.length <= 3) await held
    return method
  })
  onTestFinished(release)
  const way = wayBy(relay.endpoint, { fallback, patience })
  const host = way.to(only(hosts.endpoints))
  // The first makes the session, so that the others go in one submission.
  const calls = [outcome(host.call(READ))]
  await until("the first is at the host", () => hosts.methods.length === 1)
  calls.push(outcome(host.call(READ)), outcome(host.call(START, ["a"])))
  await until("all are at the host", () => hosts.methods.length === 3)
  return { relay, port, hosts, way, host, calls, release }
}

test("when a relay dies what only reads goes directly, and a change that it had is unknown", async () => {
  const { relay, hosts, way, host, calls } = await underWay(true, { silence: 100, longSilence: 400 })
  await relay.stop()
  expect(await Promise.all(calls)).toEqual([READ, READ, expect.objectContaining(lost(true))])
  expect(await host.call(START, ["b"])).toBe(START)
  expect(hosts.methods).toEqual([READ, READ, START, READ, READ, START])
  expect(way.session.trouble()).toMatchObject({ kind: "died", failure: { reason: "refused" } })
})

test("a relay that is restarted is asked again what only reads, and a change that it had is unknown", async () => {
  const { relay, port, hosts, way, calls } = await underWay(false, { silence: 60_000 })
  await relay.stop()
  const second = await startRelay({ port })
  expect(await Promise.all(calls)).toEqual([READ, READ, expect.objectContaining(lost(true))])
  expect(hosts.methods.filter(method => method === START)).toHaveLength(1)
  expect(second.called.submit).toBeGreaterThan(0)
  expect(way.session.trouble()).toMatchObject({ kind: "restarted" })
})

test("a change that is waiting for a relay to come back is made by it once it is there", async () => {
  const port = await freePort()
  const hosts = await startHosts(1)
  const way = wayBy(relayAt(`http://127.0.0.1:${port}`))
  const call = way.to(only(hosts.endpoints)).call(START, ["a"])
  await startRelay({ port })
  expect(await call).toBe(`${START} at 127.0.1.1`)
})

const unauthorized = { user: "operator", password: new Secret("test", "wrong-password") }

const USELESS: readonly (readonly [string, () => Promise<Endpoint>, Partial<CallFailure>])[] = [
  ["nobody listens", async () => relayAt(`http://127.0.0.1:${await freePort()}`), { reason: "refused" }],
  [
    "the password is wrong",
    async () => relayAt((await startRelay()).url, unauthorized),
    { reason: "unauthorized" },
  ],
  [
    "the agent there knows nothing of relays",
    async () => {
      const fault =
        "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1</int></value></member><member><name>faultString</name><value>UNKNOWN_METHOD</value></member></struct></value></fault></methodResponse>"
      const peer = await startPeer(socket =>
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${fault.length}\r\n\r\n${fault}`),
      )
      onTestFinished(() => peer.stop())
      return relayAt(peer.url)
    },
    { reason: "fault", faultCode: 1 },
  ],
  [
    "something else answers",
    async () => {
      const peer = await startPeer(socket => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"))
      onTestFinished(() => peer.stop())
      return relayAt(peer.url)
    },
    { reason: "not-xmlrpc" },
  ],
]

test.each(USELESS)("where %s all calls go directly", async (_, relay, failure) => {
  const hosts = await startHosts(2)
  const way = wayBy(await relay(), { fallback: true, patience: { silence: 100 } })
  const answers = await Promise.all(
    hosts.endpoints.flatMap(host => [way.to(host).call(READ), way.to(host).call(START, ["a"])]),
  )
  expect(answers).toHaveLength(4)
  expect(hosts.methods.filter(method => method === START)).toHaveLength(2)
  expect(way.session.trouble()).toMatchObject({ kind: "unused", failure })
})

test.each(USELESS)(
  "where %s and there is no other way, a call fails and surely did nothing",
  async (_, relay) => {
    const hosts = await startHosts(1)
    const way = wayBy(await relay(), { patience: { grace: 0 } })
    const host: Proxy = way.to({ ...only(hosts.endpoints), timeout: 500 })
    expect(await outcome(host.call(START, ["a"]))).toMatchObject(lost(false))
    expect(hosts.methods).toEqual([])
  },
)

test("a relay that says nothing any more is over with the deadline of the call, which may have been made", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const { port, toxic } = await line(relay.port)
  const way = wayBy(relayAt(`http://127.0.0.1:${port}`), { patience: { grace: 0 } })
  await way.to(only(hosts.endpoints)).call(READ)
  toxic("down", { kind: "swallow" })
  const host = way.to({ ...only(hosts.endpoints), timeout: 400 })
  expect(await outcome(host.call(START, ["a"]))).toMatchObject(lost(true))
})

test("a change that reaches the relay after everybody gave it up is not made", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const { port, toxic } = await line(relay.port)
  const way = wayBy(relayAt(`http://127.0.0.1:${port}`), { patience: { grace: 0 } })
  await way.to(only(hosts.endpoints)).call(READ)
  const hold = toxic("up", { kind: "hold" }, { when: request => request.includes("relay.submit<") })
  const host = way.to({ ...only(hosts.endpoints), timeout: 300 })
  expect(await outcome(host.call(START, ["a"]))).toMatchObject(lost(true))
  const before = relay.called.submit
  hold.remove()
  await until("the relay has it", () => relay.called.submit > before)
  await way.to(only(hosts.endpoints)).call(READ)
  expect(hosts.methods).toEqual([READ, READ])
})

test("a call that is cancelled is cancelled on the relay as well", async () => {
  const relay = await startRelay()
  const peer = await startPeer(() => {})
  onTestFinished(() => peer.stop())
  const cancel = new AbortController()
  const way = wayBy(relay.endpoint)
  const host = way.to(relayAt(peer.url))
  const call = outcome(host.call(START, ["a"], { signal: cancel.signal }))
  await until("the host has it", () => peer.received().includes(START))
  cancel.abort()
  expect(await call).toMatchObject({ reason: "cancelled", maybeDelivered: true })
  await until("the relay has hung up", () => peer.open() === 0)
})

test("a relay that is silent does not hold up for long who cancels everything", async () => {
  const peer = await startPeer(() => {})
  onTestFinished(() => peer.stop())
  const { endpoints } = await startHosts(1)
  const cancel = new AbortController()
  const host = wayBy(relayAt(peer.url), { patience: { silence: 50 } }).to(only(endpoints))
  const call = outcome(host.call(READ, [], { signal: cancel.signal }))
  await until("it was submitted", () => peer.received().includes("relay.submit"))
  cancel.abort()
  expect(await call).toMatchObject({ reason: "cancelled" })
  await until("nothing is waited for", () => peer.open() === 0, 10_000)
})

test("a call that is cancelled before it was submitted did surely nothing", async () => {
  const way = wayBy(relayAt(`http://127.0.0.1:${await freePort()}`))
  const cancel = new AbortController()
  const { endpoints } = await startHosts(1)
  const call = outcome(way.to(only(endpoints)).call(START, ["a"], { signal: cancel.signal }))
  cancel.abort()
  expect(await call).toMatchObject({ reason: "cancelled", maybeDelivered: false })
})

test("a call that is cancelled while its submission is packed is not in it", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const host = wayBy(relay.endpoint).to(only(hosts.endpoints))
  await host.call(READ)
  const cancel = new AbortController()
  const call = outcome(host.call(START, ["a"], { signal: cancel.signal }))
  await turn()
  cancel.abort()
  expect(await call).toMatchObject({ reason: "cancelled", maybeDelivered: false })
  await host.call(READ)
  expect(hosts.methods).toEqual([READ, READ])
})

test("of a submission that never arrived, what was cancelled is not made when the relay is back", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const proxy = await line(relay.port)
  const host = wayBy(relayAt(proxy.url)).to(only(hosts.endpoints))
  await host.call(READ)
  await proxy.shut()
  const cancel = new AbortController()
  const calls = [
    outcome(host.call(START, ["a"], { signal: cancel.signal })),
    outcome(host.call(START, ["b"])),
  ]
  // So long that it was refused once.
  await sleep(30)
  cancel.abort()
  expect(await calls[0]).toMatchObject({ reason: "cancelled" })
  await proxy.reopen()
  expect(await calls[1]).toBe(`${START} at 127.0.1.1`)
  expect(hosts.methods).toEqual([READ, START])
})

test("no change is made by a relay after its caller was told that it may have been", async () => {
  const relay = await startRelay()
  const hosts = await startHosts(1)
  const proxy = await line(relay.port)
  const way = wayBy({ ...relayAt(proxy.url), timeout: 60 }, { patience: { silence: 50, grace: 300 } })
  await way.to(only(hosts.endpoints)).call(READ)
  const silent = proxy.toxic("up", { kind: "swallow" })
  const short = outcome(way.to({ ...only(hosts.endpoints), timeout: 150 }).call(START, ["a"]))
  const long = outcome(way.to(only(hosts.endpoints)).call(START, ["b"]))
  expect(await short).toMatchObject(lost(true))
  silent.remove()
  expect(await long).toBe(`${START} at 127.0.1.1`)
  expect(hosts.methods).toEqual([READ, START])
})

test("a relay that lets one call expire was silent for as long, and is given up", async () => {
  const peer = await startPeer(() => {})
  onTestFinished(() => peer.stop())
  const { endpoints } = await startHosts(1)
  const way = wayBy({ ...relayAt(peer.url), timeout: 150 }, { fallback: true, patience: { silence: 100 } })
  expect(await way.to(only(endpoints)).call(READ)).toBe(`${READ} at 127.0.1.1`)
  expect(way.session.isGivenUp()).toBe(true)
  expect(peer.received().match(/relay\.submit/g)).toHaveLength(1)
})

test("one question after another goes over one connection, and a change over one of its own", async () => {
  const relay = await startRelay({ limits: { promptly: 0 } })
  const proxy = await line(relay.port)
  const hosts = await startHosts(1, async method => {
    await sleep(50)
    return method
  })
  const host = wayBy(relayAt(proxy.url), { patience: { poll: 20 } }).to(only(hosts.endpoints))
  for (const method of [READ, READ, START, READ]) expect(await host.call(method)).toBe(method)
  const alone = proxy.requests().filter(request => request.includes("Connection: close"))
  expect(alone).toHaveLength(1)
  expect(proxy.requests().length - 1).toBeLessThan(relay.called.poll / 2)
})

test("changes are in the relay's audit before they are made, with method and host and nothing else", async () => {
  const relay = await startRelay()
  const { endpoints } = await startHosts(2)
  const way = wayBy(relay.endpoint)
  const login = { user: "host-user", password: new Secret("test", "host-password") }
  const hosts = endpoints.map(endpoint => way.to({ ...endpoint, credentials: login }))
  await Promise.all(hosts.flatMap(host => [host.call(READ), host.call(START, ["the-program"])]))
  const both = [START, READ].map(methodName => ({ methodName, params: ["the-program"] }))
  await hosts[0]?.call("system.multicall", [both])
  await hosts[0]?.call("system.multicall", [[{ methodName: READ, params: [] }]])
  const port = endpoints[0]?.address.kind === "tcp" ? endpoints[0].address.port : 0
  expect(relay.records).toEqual([
    {
      user: RELAY_LOGIN.user,
      method: "relay.submit",
      about: `${START} at 127.0.1.1:${port}, 127.0.1.2:${port}`,
      verdict: "accepted",
    },
    {
      user: RELAY_LOGIN.user,
      method: "relay.submit",
      about: `${START} at 127.0.1.1:${port}`,
      verdict: "accepted",
    },
  ])
  expect(JSON.stringify(relay.records)).not.toMatch(/host-password|the-program/)
})

test("what cannot be noted is not done by the relay, and goes directly where that is allowed", async () => {
  const auditing = () => {
    throw new Error("UNAUDITED")
  }
  const relay = await startRelay({ auditing })
  const hosts = await startHosts(1)
  const host = only(hosts.endpoints)
  expect(await outcome(wayBy(relay.endpoint).to(host).call(START, ["a"]))).toMatchObject(lost(false))
  expect(hosts.methods).toEqual([])
  expect(await wayBy(relay.endpoint, { fallback: true }).to(host).call(START, ["a"])).toBe(
    `${START} at 127.0.1.1`,
  )
})

test.each(["169.254.169.254", "fe80::1", "::ffff:169.254.1.1", "100.100.100.200", "fd00:ec2::254"])(
  "a relay does not connect to %s",
  async host => {
    const relay = await startRelay()
    const endpoint: Endpoint = {
      ...relayAt("http://x:1"),
      address: { kind: "tcp", scheme: "http", host, port: 80 },
    }
    const failure = await outcome(wayBy(relay.endpoint).to(endpoint).call(READ))
    expect(failure).toMatchObject({ ...lost(false), message: expect.stringContaining("link-local") })
  },
)

test("a relay does not connect to a name that leads there, whatever else it leads to", async () => {
  const peer = await startPeer(socket => socket.end())
  onTestFinished(() => peer.stop())
  const addresses = ["127.0.0.1", "169.254.169.254"].map(address => ({ address, family: 4 }))
  const relay = await startRelay({ lookup: (_name, _options, callback) => callback(null, addresses) })
  const endpoint = relayAt(`http://a-name.test:${peer.port}`)
  const failure = await outcome(wayBy(relay.endpoint).to(endpoint).call(READ))
  expect(failure).toMatchObject({ ...lost(false), message: expect.stringContaining("link-local") })
  expect(peer.received()).toBe("")
})

test("a name that is looked up without end takes a relay no longer than a connection may", async () => {
  const relay = await startRelay({ lookup: () => {} })
  const endpoint = { ...relayAt("http://a-name.test:1"), connectTimeout: 50 }
  expect(await outcome(wayBy(relay.endpoint).to(endpoint).call(READ))).toMatchObject({
    reason: "connect-timeout",
    maybeDelivered: false,
  })
})

test("a relay calls no relay, and what else was asked with it is answered", async () => {
  const relay = await startRelay()
  const { endpoints } = await startHosts(1)
  const way = wayBy(relay.endpoint, { fallback: true })
  const nested = outcome(
    wayBy(relay.endpoint)
      .to(relay.endpoint)
      .call("relay.poll", ["a".repeat(32), 0, 0]),
  )
  expect(await nested).toMatchObject(lost(false))
  const [chained, read] = await Promise.all([
    outcome(way.to(relayAt("http://127.0.0.1:1")).call("relay.poll", ["a".repeat(32), 0, 0])),
    way.to(only(endpoints)).call(READ),
  ])
  // Without the relay: nobody listens there.
  expect(chained).toMatchObject({ reason: "refused" })
  expect(read).toBe(`${READ} at 127.0.1.1`)
  expect(way.session.trouble()).toBeUndefined()
})

test("what would be in no audit is not handed on by a relay", async () => {
  const relay = await startRelay()
  const peer = await startPeer(socket => socket.end(httpAnswer("200 OK", "x")))
  onTestFinished(() => peer.stop())
  const asked = (act: (host: Proxy) => Promise<unknown>, path = "/RPC2") =>
    outcome(act(wayBy(relay.endpoint).to({ ...relayAt(peer.url), path })))
  const failures = await Promise.all([
    asked(host => host.getFirst("/index.html?action=stopall")),
    asked(host => host.getFirst("/index.html")),
    asked(host => host.call(READ), "/?action=stopall"),
    ...[
      [{ methodName: READ, params: [] }, "nonsense"],
      [{ methodName: "relay.poll", params: [] }],
      [{ methodName: "system.multicall", params: [[{ methodName: START, params: ["a"] }]] }],
      [{ methodName: [START], params: ["a"] }],
      "nonsense",
    ].map(parts => asked(host => host.call("system.multicall", [parts]))),
  ])
  expect(failures).toEqual(failures.map(() => expect.objectContaining(lost(false))))
  expect(peer.received()).toBe("")
})

test("a relay that has no descriptor free is the reason itself, and passed by where that is allowed", async () => {
  const { endpoints } = await startHosts(1)
  const exhausted = {
    kind: "broken",
    problem: "exhausted",
    stage: "connecting",
    code: "EMFILE",
    limit: 1,
  } as const
  const session = { run: async () => exhausted, isGivenUp: () => false, trouble: () => undefined }
  const by = (otherWay?: Carrier) =>
    outcome(createProxy(only(endpoints), relayCarrier(session, otherWay)).call(START, ["a"]))
  expect(await by()).toMatchObject({ ...lost(false), message: expect.stringContaining("descriptor") })
  expect(await by(DIRECT)).toBe(`${START} at 127.0.1.1`)
})

test("a relay that has enough to do is asked again until it takes the calls", async () => {
  const relay = await startRelay({ limits: { calls: 4, atOnce: 2 } })
  const { endpoints } = await startHosts(3)
  const first = wayBy(relay.endpoint)
  const second = wayBy(relay.endpoint)
  const calls = [first, second].flatMap(way => endpoints.map(host => way.to(host).call(READ)))
  expect(await Promise.all(calls)).toHaveLength(6)
})

test("answers that nobody fetched hold up the next calls, not more", async () => {
  const relay = await startRelay({ limits: { kept: 1_000, reply: 1_000 } })
  const { endpoints } = await startHosts(40, (_, address) => address + "x".repeat(900))
  const way = wayBy(relay.endpoint)
  const answers = await Promise.all(endpoints.map(host => way.to(host).call(READ)))
  expect(answers.map(answer => String(answer).replace(/x+$/, ""))).toEqual(
    endpoints.map((_, n) => `127.0.1.${n + 1}`),
  )
})
