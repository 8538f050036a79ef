import { appendFile, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import type { Sight } from "../../src/model/lease.js"
import { Secret } from "../../src/model/secret.js"
import type { Method } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer } from "../../src/rpc/server.js"
import type { XmlRpcValue } from "../../src/rpc/value.js"
import { leasesAt, type SupervisorCalls, supervisorAt } from "../support/calls.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { patient } from "./support.js"

const PASSWORD = "pä:ß%x"
const credentials = { user: "minos", password: new Secret("test", PASSWORD) }

let daemon: Supervisord
let calls: SupervisorCalls

beforeAll(async () => {
  // A second of startsecs, as a signal straight after the fork is lost (docs/supervisord.md).
  const quiet = { command: "sleep 1000", startsecs: 1, autostart: false, autorestart: false }
  daemon = await startSupervisord({
    user: "minos",
    password: PASSWORD,
    programs: {
      cat: "cat",
      idle: quiet,
      broken: { command: "/nowhere/at/all", autostart: false },
      silent: { ...quiet, stdout_logfile: "NONE", stderr_logfile: "NONE" },
      // Known places, so that the tests can write what the logs hold.
      log: { ...quiet, stdout_logfile: "%(here)s/log.out", stderr_logfile: "%(here)s/log.err" },
    },
  })
  calls = supervisorAt(createProxy(patient(daemon.url, credentials)))
})

afterAll(() => daemon?.stop())

const failing = (fields: object) => ({ failure: expect.objectContaining(fields) })

test("versions, over TCP and over the unix socket", async () => {
  const overSocket = supervisorAt(createProxy(patient(daemon.socketUrl, credentials)))
  for (const each of [calls, overSocket]) {
    expect(await each.getVersion()).toBe("3.0")
    expect(await each.getSupervisorVersion()).toMatch(/^4\./)
  }
})

test("a wrong password is unauthorized", async () => {
  const wrong = { user: "minos", password: new Secret("test", "wrong") }
  const refused = supervisorAt(createProxy(patient(daemon.url, wrong)))
  await expect(refused.getVersion()).rejects.toMatchObject(
    failing({ reason: "unauthorized", maybeDelivered: false }),
  )
})

test("what is known of every process", async () => {
  const all = await calls.getAllProcessInfo()
  expect(all.map(({ name }) => name)).toEqual(["broken", "cat", "idle", "log", "silent"])
  const idle = await calls.getProcessInfo("idle")
  expect(idle).toMatchObject({
    name: "idle",
    group: "idle",
    state: "STOPPED",
    pid: 0,
    start: 0,
    spawnerr: "",
  })
  expect(idle.stdoutLog).toContain(daemon.folder)
  expect(idle).not.toHaveProperty("release")
})

test("start, signal and stop", async () => {
  expect(await calls.startProcess("idle")).toMatchObject({ name: "idle", state: "STARTING" })
  const running = await until("it runs", async () => {
    const info = await calls.getProcessInfo("idle")
    return info.state === "RUNNING" && info
  })
  expect(running.pid).toBeGreaterThan(0)
  await expect(calls.startProcess("idle")).rejects.toMatchObject(
    failing({ faultCode: 60, maybeDelivered: false }),
  )
  await calls.signalProcess("idle", "HUP")
  await until("the signal ended it", async () => (await calls.getProcessInfo("idle")).state === "EXITED")
  await calls.startProcess("idle")
  await until("it runs again", async () => (await calls.getProcessInfo("idle")).state === "RUNNING")
  expect((await calls.stopProcess("idle"))?.state).toMatch(/^STOPP(ING|ED)$/)
  await until("it is stopped", async () => (await calls.getProcessInfo("idle")).state === "STOPPED")
})

const REQUEST = {
  service: "shop",
  cluster: "test",
  run: "r-1",
  who: "ann",
  from: "ops-1",
  command: "minos restart",
  since: "2026-11-22",
}

test("a lock that supervisord does not know, and what runs there, by one call", async () => {
  const leases = leasesAt(createProxy(patient(daemon.url, credentials)))
  const { refused, processes } = await leases.lockAndLook(REQUEST, "all")
  expect(refused).toMatchObject(failing({ faultCode: 1, maybeDelivered: false }))
  expect(processes?.map(({ name }) => name)).toEqual(["broken", "cat", "idle", "log", "silent"])
})

test("that supervisord has no leases, and what runs there, by one call", async () => {
  const leases = leasesAt(createProxy(patient(daemon.url, credentials)))
  const seen = async (look: Sight) => {
    const found = await leases.locksAndLook(REQUEST, look)
    if (found.kind === "agent") throw new Error("it is none")
    return found.processes?.map(({ name }) => name)
  }
  expect(await seen("all")).toEqual(["broken", "cat", "idle", "log", "silent"])
  expect(await seen({ process: "idle" })).toEqual(["idle"])
  expect(await seen({ process: "nope" })).toBeUndefined()
})

test("faults keep supervisord's code and words", async () => {
  await expect(calls.getProcessInfo("nope")).rejects.toMatchObject(
    failing({ reason: "fault", faultCode: 10, message: "BAD_NAME: nope" }),
  )
  await expect(calls.startProcess("broken")).rejects.toMatchObject(failing({ faultCode: 20 }))
})

test("a program is added to the configuration and removed again", async () => {
  const file = join(daemon.programFolder, "extra.conf")
  await writeFile(file, "[program:extra]\ncommand=cat\nautostart=false\n")
  expect(await calls.reloadConfig()).toEqual({ added: ["extra"], changed: [], removed: [] })
  await calls.addProcessGroup("extra")
  expect((await calls.getProcessInfo("extra")).state).toBe("STOPPED")
  await expect(calls.addProcessGroup("extra")).rejects.toMatchObject(failing({ faultCode: 90 }))
  await calls.removeProcessGroup("extra")
  await expect(calls.getProcessInfo("extra")).rejects.toMatchObject(failing({ faultCode: 10 }))
  await writeFile(file, "")
  expect(await calls.reloadConfig()).toEqual({ added: [], changed: [], removed: [] })
})

const esc = "\u001b[31mred\u001b[0m \u0000\u0007\r\nend\ufffe<&>]]>"

test.each<[string, string | Buffer, number, string]>([
  ["plain text", "one\ntwo\n", 100, "one\ntwo\n"],
  ["more than is asked for", "0123456789", 4, "6789"],
  ["escapes and control characters", esc, 1000, esc],
  ["a range that cuts a character of 3 bytes", "x日本", 5, "本"],
  ["a range that cuts a character of 4 bytes", "x\u{1f600}y", 4, "y"],
  ["bytes that are not UTF-8", Buffer.from("ab\xff\xfecd\n", "latin1"), 1000, "ab\ufffd\ufffdcd\n"],
  [
    "a range that begins with a byte that is not UTF-8",
    Buffer.from("ab\xff\xfecdefghij", "latin1"),
    9,
    "cdefghij",
  ],
  ["nothing", "", 1000, ""],
])("the tail of a log with %s", async (_, content, bytes, expected) => {
  for (const stream of ["out", "err"] as const) {
    await writeFile(join(daemon.folder, `log.${stream}`), content)
    const read = stream === "out" ? calls.readStdoutTail : calls.readStderrTail
    expect(await read("log", bytes)).toBe(expected)
  }
})

test("the tail of a log that does not exist is empty, that of an unknown program a fault", async () => {
  expect(await calls.readStderrTail("silent", 100)).toBe("")
  await expect(calls.readStderrTail("nope", 100)).rejects.toMatchObject(failing({ faultCode: 10 }))
})

test("the last bytes of a long log that is not UTF-8 come whole", async () => {
  await writeFile(join(daemon.folder, "log.err"), Buffer.alloc(5_000, 0xff))
  await appendFile(join(daemon.folder, "log.err"), "the last line\n")
  const tail = await calls.readStderrTail("log", 4_000)
  expect(tail).toMatch(/^\ufffd+the last line\n$/)
  expect((await readFile(join(daemon.folder, "log.err"))).length).toBe(5_014)
})

const info = {
  name: "a",
  group: "a",
  state: 20,
  statename: "RUNNING",
  pid: 1,
  start: 1,
  stop: 0,
  now: 2,
  spawnerr: "",
  exitstatus: 0,
  stdout_logfile: "/o",
  stderr_logfile: "/e",
  release: "r1",
  version: "1.0.0",
}

async function answering(results: Readonly<Record<string, XmlRpcValue>>) {
  const methods = Object.entries(results).map(([name, result]): [string, Method] => [
    `supervisor.${name}`,
    { signature: ["any", "any"], optional: 1, help: "", call: () => result },
  ])
  const server = createServer({ methods: new Map(methods) })
  const { port } = await server.listen("127.0.0.1", 0)
  return { server, calls: supervisorAt(createProxy(patient(`http://127.0.0.1:${port}`))) }
}

test("an agent's release and version are kept", async () => {
  const agent = await answering({ getProcessInfo: info })
  expect(await agent.calls.getProcessInfo("a")).toMatchObject({
    release: "r1",
    version: "1.0.0",
    state: "RUNNING",
  })
  await agent.server.close()
})

test.each<[string, XmlRpcValue, string]>([
  ["no array", { ...info }, "getAllProcessInfo should be an array, but is a struct"],
  ["no struct", [info, "x"], 'getAllProcessInfo[1] should be a struct, but is the string "x"'],
  [
    "a pid as text",
    [{ ...info, pid: "1" }],
    'getAllProcessInfo[0].pid should be an integer, but is the string "1"',
  ],
  [
    "a name as number",
    [{ ...info, name: 7 }],
    "getAllProcessInfo[0].name should be a string, but is the number 7",
  ],
  [
    "an unknown state",
    [{ ...info, statename: "DANCING" }],
    "getAllProcessInfo[0].statename should be a state",
  ],
  [
    "a state that is not its code",
    [{ ...info, state: 0 }],
    "getAllProcessInfo[0].statename should be a state",
  ],
  ["no member", [{}], "getAllProcessInfo[0].name should be a string, but is missing"],
  ["a release as number", [{ ...info, release: 1 }], "getAllProcessInfo[0].release should be a string"],
])("process information with %s is refused", async (_, result, message) => {
  const agent = await answering({ getAllProcessInfo: result })
  await expect(agent.calls.getAllProcessInfo()).rejects.toMatchObject(
    failing({ reason: "not-xmlrpc", message: expect.stringContaining(message) }),
  )
  await agent.server.close()
})
