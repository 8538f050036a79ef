import { existsSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, test } from "vitest"
import { FAULT } from "../../../src/model/fault.js"
import type { XmlRpcStruct } from "../../../src/rpc/value.js"
import { until } from "../../support/until.js"
import { bench } from "./support.js"

const SLEEP = "exec sleep 1000"

describe("starting and stopping over supervisor.*", () => {
  test("start waits for RUNNING, stop for the end", async () => {
    const { define, call, info } = await bench()
    await define("web", SLEEP)
    expect(await call("startProcess", "web")).toBe(true)
    expect((await info("web")).state).toBe("RUNNING")
    expect(await call("stopProcess", "web:web")).toBe(true)
    expect((await info("web")).state).toBe("STOPPED")
    expect(await call("startProcess", "web", false)).toBe(true)
    expect((await info("web")).state).toBe("STARTING")
    expect(await call("stopProcess", "web", false)).toBe(true)
    expect((await info("web")).state).toBe("STOPPING")
  })

  test("a start that fails is fault 50, and the retries go on", async () => {
    const { define, faultOf, info, reaches } = await bench()
    await define("web", "exit 1", { startretries: 1 })
    expect(await faultOf("startProcess", "web")).toBe(FAULT.SPAWN_ERROR)
    expect((await info("web")).state).toBe("BACKOFF")
    expect(await faultOf("startProcess", "web")).toBe(FAULT.ALREADY_STARTED)
    await reaches("web", "FATAL")
    expect(await faultOf("stopProcess", "web")).toBe(FAULT.NOT_RUNNING)
  })

  test("a stop ends the wait of a start with fault 40", async () => {
    const { define, call, faultOf } = await bench()
    await define("web", SLEEP, { startsecs: 1000 })
    const start = faultOf("startProcess", "web")
    expect(await faultOf("startProcess", "web")).toBe(FAULT.ALREADY_STARTED)
    await call("stopProcess", "web")
    expect(await start).toBe(FAULT.ABNORMAL_TERMINATION)
  })

  test("a start and a stop while it is STOPPING are faults", async () => {
    const { define, call, faultOf, folder } = await bench()
    await define("web", `trap '' TERM; echo ready > ${folder}/ready; while :; do sleep 0.05; done`, {
      stopwaitsecs: 1,
    })
    await call("startProcess", "web", false)
    await until("it is ready", () => existsSync(join(folder, "ready")))
    await call("stopProcess", "web", false)
    expect(await faultOf("startProcess", "web")).toBe(FAULT.ABNORMAL_TERMINATION)
    expect(await faultOf("startProcess", "web", false)).toBe(FAULT.ABNORMAL_TERMINATION)
    expect(await faultOf("stopProcess", "web")).toBe(FAULT.NOT_RUNNING)
    expect(await faultOf("removeProcessGroup", "web")).toBe(FAULT.STILL_RUNNING)
    expect(await call("stopAllProcesses")).toEqual([])
  })

  test("all of them, each with its own status", async () => {
    const { define, call } = await bench()
    for (const name of ["a", "b"]) await define(name, SLEEP)
    await define("bad", "exit 1")
    const ok = (name: string) => ({ name, group: name, status: FAULT.SUCCESS, description: "OK" })
    const bad = { name: "bad", group: "bad", status: FAULT.SPAWN_ERROR, description: "SPAWN_ERROR: bad" }
    expect(await call("startAllProcesses")).toEqual([ok("a"), ok("b"), bad])
    expect(await call("startProcess", "a:*")).toEqual([])
    expect(await call("stopProcess", "a:")).toEqual([ok("a")])
    expect(await call("startProcessGroup", "a")).toEqual([ok("a")])
    expect(await call("stopProcessGroup", "a")).toEqual([ok("a")])
    expect(await call("signalAllProcesses", "HUP")).toEqual([ok("b")])
  })

  test("signals by name and number reach the process", async () => {
    const { define, call, faultOf } = await bench()
    await define("web", "trap 'echo usr1' USR1\necho ready\nwhile :; do sleep 0.02; done")
    await call("startProcess", "web")
    for (const signal of ["usr1", "SIGUSR1", "10", 10])
      expect(await call("signalProcess", "web", signal)).toBe(true)
    await until("it heard them", async () =>
      String(await call("readProcessLog", "web", 0, 0)).includes("usr1"),
    )
    expect(await faultOf("signalProcess", "web", "NONSENSE")).toBe(FAULT.BAD_SIGNAL)
    expect(await faultOf("signalProcess", "web", "99")).toBe(FAULT.BAD_SIGNAL)
    await call("stopProcess", "web")
    expect(await faultOf("signalProcess", "web", "HUP")).toBe(FAULT.NOT_RUNNING)
  })

  test("standard input reaches the process, text and bytes", async () => {
    const { define, call, faultOf } = await bench()
    await define("web", "while read line; do echo got $line; done")
    await call("startProcess", "web")
    await call("sendProcessStdin", "web", "héllo\n")
    await call("sendProcessStdin", "web", Buffer.from("bytes\n"))
    await until(
      "it answered",
      async () => (await call("readProcessLog", "web", 0, 0)) === "got héllo\ngot bytes\n",
    )
    expect(await faultOf("sendProcessStdin", "web", 5)).toBe(FAULT.INCORRECT_PARAMETERS)
    await call("stopProcess", "web")
    expect(await faultOf("sendProcessStdin", "web", "x")).toBe(FAULT.NOT_RUNNING)
  })

  test("a closed standard input is fault 20 and harms nobody", async () => {
    const { define, call, faultOf, info } = await bench()
    await define("web", `exec <&-; echo closed; ${SLEEP}`)
    await call("startProcess", "web")
    await until("it is closed", async () => (await call("readProcessLog", "web", 0, 0)) !== "")
    expect(await faultOf("sendProcessStdin", "web", "x")).toBe(FAULT.NO_FILE)
    expect(await faultOf("sendProcessStdin", "web", "x")).toBe(FAULT.NO_FILE)
    expect((await info("web")).state).toBe("RUNNING")
  })
})

describe("what supervisor.* tells", () => {
  test("getProcessInfo has supervisord's 14 members", async () => {
    const { define, call } = await bench()
    const { stdoutLog, stderrLog } = await define("web", SLEEP)
    expect(await call("getProcessInfo", "web")).toEqual({
      name: "web",
      group: "web",
      start: 0,
      stop: 0,
      now: expect.any(Number),
      state: 0,
      statename: "STOPPED",
      spawnerr: "",
      exitstatus: 0,
      logfile: stdoutLog,
      stdout_logfile: stdoutLog,
      stderr_logfile: stderrLog,
      pid: 0,
      description: "Not started",
    })
    expect(await call("getAllProcessInfo")).toHaveLength(1)
    const [config] = (await call("getAllConfigInfo")) as XmlRpcStruct[]
    expect(Object.keys(config!)).toHaveLength(29)
  })

  test("who it is", async () => {
    const { call } = await bench({ version: "0.1.0", identification: "web-01" })
    expect(await call("getVersion")).toBe("3.0")
    expect(await call("getAPIVersion")).toBe("3.0")
    expect(await call("getSupervisorVersion")).toBe("4.2.5 (minos 0.1.0)")
    expect(await call("getIdentification")).toBe("web-01")
    expect(await call("getState")).toEqual({ statecode: 1, statename: "RUNNING" })
    expect(await call("getPID")).toBe(process.pid)
    expect(await call("reloadConfig")).toEqual([[[], [], []]])
  })

  test.each<readonly [string, readonly (string | number)[], keyof typeof FAULT]>([
    ["getProcessInfo", ["none"], "BAD_NAME"],
    ["getProcessInfo", ["web:*"], "BAD_NAME"],
    ["getProcessInfo", ["web:other"], "BAD_NAME"],
    ["startProcess", ["none"], "BAD_NAME"],
    ["startProcess", ["none:*"], "BAD_NAME"],
    ["startProcess", ["*:*"], "BAD_NAME"],
    ["startProcessGroup", ["web:*"], "BAD_NAME"],
    ["stopProcess", ["web"], "NOT_RUNNING"],
    ["startProcess", [], "INCORRECT_PARAMETERS"],
    ["startProcess", [5], "INCORRECT_PARAMETERS"],
    ["startProcess", ["web", "yes"], "INCORRECT_PARAMETERS"],
    ["getState", ["x"], "INCORRECT_PARAMETERS"],
    ["addProcessGroup", ["web"], "ALREADY_ADDED"],
    ["addProcessGroup", ["none"], "BAD_NAME"],
    ["removeProcessGroup", ["web"], "FAILED"],
    ["removeProcessGroup", ["none"], "BAD_NAME"],
    ["readProcessLog", ["none", 0, 0], "BAD_NAME"],
    ["readProcessLog", ["web", 0, 0], "NO_FILE"],
    ["readLog", [0, 0], "NO_FILE"],
    ["clearLog", [], "NO_FILE"],
    ["shutdown", [], "FAILED"],
    ["restart", [], "FAILED"],
    ["sendRemoteCommEvent", ["a", "b"], "FAILED"],
  ])("%s(%j) is the fault %s", async (method, params, name) => {
    const { define, faultOf } = await bench()
    await define("web", SLEEP)
    expect(await faultOf(method, ...params)).toBe(FAULT[name])
  })

  test("nothing but fault 6 once it is closed", async () => {
    const { backend, define, faultOf } = await bench()
    await define("web", SLEEP)
    await backend.close()
    expect(await faultOf("getState")).toBe(FAULT.SHUTDOWN_STATE)
  })

  test("shutdown ends the agent where that is allowed", async () => {
    let asked = 0
    const { call } = await bench({ onShutdown: () => asked++ })
    expect(await call("shutdown")).toBe(true)
    await until("it is asked to end", () => asked === 1)
  })

  test("every method has a help text of one line and a signature", async () => {
    const { backend } = await bench()
    expect(backend.methods.size).toBe(37)
    for (const [name, { help, signature }] of backend.methods) {
      expect(name).toMatch(/^supervisor\.[a-zA-Z]+$/)
      expect(help).toMatch(/^[^\n]+\.$/)
      expect(signature.join(" ")).toMatch(/^(string|int|boolean|array|struct)( (string|int|boolean|any))*$/)
    }
  })
})

describe("logs over supervisor.*", () => {
  const logged = async (content: string | Buffer) => {
    const all = await bench()
    const { stdoutLog } = await all.define("web", SLEEP)
    await mkdir(dirname(stdoutLog), { recursive: true })
    await writeFile(stdoutLog, content)
    return all
  }

  // supervisord 4.2.5's answers for a log of ten bytes.
  test.each<readonly [number, number, readonly [string, number, boolean]]>([
    [0, 0, ["", 10, true]],
    [0, 10, ["0123456789", 10, false]],
    [0, 4, ["6789", 10, true]],
    [4, 100, ["0123456789", 10, false]],
    [9, 100, ["0123456789", 10, false]],
    [4, 3, ["789", 10, true]],
    [2, 8, ["23456789", 10, false]],
    [10, 100, ["", 10, false]],
    [-5, 3, ["789", 10, true]],
    [0, -1, ["", 10, true]],
  ])("tail(%i, %i) of ten bytes is %j", async (offset, length, answer) => {
    const { call } = await logged("0123456789")
    expect(await call("tailProcessStdoutLog", "web", offset, length)).toEqual(answer)
    expect(await call("tailProcessStderrLog", "web", offset, length)).toEqual(["", 0, false])
  })

  test.each<readonly [number | string, number, string | number]>([
    [0, 0, "0123456789"],
    [3, 0, "3456789"],
    [3, 2, "34"],
    ["3", 2, "34"],
    [8, 100, "89"],
    [10, 0, ""],
    [99, 5, ""],
    [-4, 0, "6789"],
    [-99, 0, "0123456789"],
    [-4, 2, FAULT.BAD_ARGUMENTS],
    [0, -1, FAULT.BAD_ARGUMENTS],
  ])("read(%j, %i) of ten bytes is %j", async (offset, length, answer) => {
    const { call, faultOf } = await logged("0123456789")
    if (typeof answer === "number")
      expect(await faultOf("readProcessLog", "web", offset, length)).toBe(answer)
    else expect(await call("readProcessLog", "web", offset, length)).toBe(answer)
  })

  test("bytes that are not UTF-8 and cut characters become U+FFFD", async () => {
    const { call } = await logged(Buffer.from([0x61, 0xff, 0x62, 0xc3, 0xa9, 0x63]))
    expect(await call("readProcessLog", "web", 0, 0)).toBe("a\ufffdbéc")
    expect(await call("readProcessLog", "web", 0, 4)).toBe("a\ufffdb\ufffd")
    expect(await call("readProcessLog", "web", 4, 0)).toBe("\ufffdc")
    expect(await call("tailProcessLog", "web", 0, 2)).toEqual(["\ufffdc", 6, true])
  })

  test("are emptied, of one and of all", async () => {
    const { call } = await logged("0123456789")
    expect(await call("clearProcessLogs", "web")).toBe(true)
    expect(await call("readProcessLog", "web", 0, 0)).toBe("")
    expect(await call("clearAllProcessLogs")).toEqual([
      { name: "web", group: "web", status: FAULT.SUCCESS, description: "OK" },
    ])
  })

  test("the agent's own is read and emptied where it has one", async () => {
    const own = await bench()
    const mainLog = join(own.folder, "agent.log")
    await writeFile(mainLog, "started\n")
    const { call } = await bench({ mainLog })
    expect(await call("readLog", 0, 0)).toBe("started\n")
    expect(await call("clearLog")).toBe(true)
    expect(await call("readMainLog", 0, 0)).toBe("")
  })
})
