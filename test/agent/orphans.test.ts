import { readdirSync, readFileSync } from "node:fs"
import { readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { endProcess } from "../../src/agent/end-process.js"
import { isOrphan } from "../../src/agent/orphans.js"
import { type LiveProcess, parseRecord, parseStat } from "../../src/agent/process-identity.js"
import { FAULT } from "../../src/model/fault.js"
import { statusReport } from "../../src/report/report.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { seen } from "../report/outcomes.js"
import { patient } from "../rpc/support.js"
import { supervisorAt } from "../support/calls.js"
import { clusterOf } from "../support/fleet.js"
import { ended, isAlive, killTree, launch } from "../support/processes.js"
import type { Supervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { BACKENDS, type Bench, bench, nextOp, PROGRAM, releaseOf, TASK } from "./support.js"

const BOOT = "0a1b2c3d-0000-1111-2222-333344445555"
const LIVE: LiveProcess = { pid: 12, started: 345, boot: BOOT, group: 12 }

describe("a record", () => {
  test.each([
    ["of a process", `12 345 ${BOOT}\n`, { pid: 12, started: 345, boot: BOOT }],
    ["that was cut", `12 345 ${BOOT}`, undefined],
    ["that is empty", "", undefined],
    ["of process 0, which is the caller's group", `0 345 ${BOOT}\n`, undefined],
    ["of process 1, whose group is the host", `1 345 ${BOOT}\n`, undefined],
    ["of a group", `-12 345 ${BOOT}\n`, undefined],
    ["without a start", `12  ${BOOT}\n`, undefined],
    ["of words", "x y z\n", undefined],
  ])("%s", (_, text, expected) => {
    expect(parseRecord(text)).toEqual(expected)
  })
})

const STAT = "S 1 12 12 0 -1 4194560 87 0 0 0 0 0 0 0 20 0 1 0 345 2654208 367 0\n"

describe("/proc/PID/stat", () => {
  test.each([
    ["of a process", `12 (sh) ${STAT}`, { pid: 12, started: 345, group: 12 }],
    ["of a name with everything in it", `12 (a) Z 1 (\n) ${STAT}`, { pid: 12, started: 345, group: 12 }],
    ["of a zombie", `12 (sh) ${STAT.replace("S", "Z")}`, undefined],
    ["of a dead one", `12 (sh) ${STAT.replace("S", "X")}`, undefined],
    ["of one that is gone", "", undefined],
    ["that was cut", "12 (sh) S 1 12", undefined],
  ])("%s", (_, text, expected) => {
    expect(parseStat(text)).toEqual(expected)
  })
})

describe("a process that recorded itself", () => {
  test.each([
    ["that the supervisor has is none", 12, LIVE, false],
    ["that the supervisor has not is an orphan", 0, LIVE, true],
    ["beside which the supervisor has another is an orphan", 13, LIVE, true],
    ["that has ended is none", 0, undefined, false],
    ["whose pid is another's now is none", 0, { ...LIVE, started: 346 }, false],
    ["whose pid and start are another's after a boot is none", 0, { ...LIVE, boot: "x" }, false],
  ])("%s", (_, supervised, now, expected) => {
    expect(isOrphan(LIVE, supervised, now)).toBe(expected)
  })
})

describe("ending a process", () => {
  interface World {
    /** Which signal ends it. */
    readonly endsBy?: string
    readonly group?: number
    readonly refuses?: string
    readonly reused?: boolean
  }

  async function endIn({ endsBy, group = 12, refuses, reused }: World) {
    const sent: string[] = []
    let now = 0
    let alive = !reused
    const done = await endProcess(
      { ...LIVE, group },
      { stopsignal: "INT", stopwaitsecs: 3 },
      {
        look: async () => (alive ? { ...LIVE, group } : reused ? { ...LIVE, started: 999 } : undefined),
        kill: (pid, signal) => {
          sent.push(`${signal} ${pid} at ${now}`)
          if (refuses) throw Object.assign(new Error(refuses), { code: refuses })
          if (signal === endsBy) alive = false
        },
        pause: async milliseconds => {
          now += milliseconds
        },
        now: () => now,
      },
    )
    return [done, ...sent]
  }

  test.each<[string, World, unknown[]]>([
    ["that ends by its signal", { endsBy: "SIGINT" }, [true, "SIGINT -12 at 0"]],
    ["that leads no group", { endsBy: "SIGINT", group: 5 }, [true, "SIGINT 12 at 0"]],
    ["that needs SIGKILL", { endsBy: "SIGKILL" }, [true, "SIGINT -12 at 0", "SIGKILL -12 at 3000"]],
    ["that lives on", {}, [false, "SIGINT -12 at 0", "SIGKILL -12 at 3000"]],
    ["of another user", { refuses: "EPERM" }, [false, "SIGINT -12 at 0", "SIGKILL -12 at 0"]],
    ["whose pid is another's by now", { reused: true }, [true]],
  ])("%s", async (_, world, expected) => {
    expect(await endIn(world)).toEqual(expected)
  })
})

/** A program that writes its pid into a file when it starts, and stays. */
const COUNTED = 'echo $$ >>"$COUNT"\nexec sleep 1000\n'

async function counted(all: Bench, settings: Parameters<typeof releaseOf>[2] = {}) {
  const count = join(all.root, "count")
  const pids = async () => {
    const text = await readFile(count, "utf8").catch(() => "")
    return text.trim() === "" ? [] : text.trim().split("\n").map(Number)
  }
  /** Its start script has become the program, which RUNNING does not say where startsecs is 0. */
  const wrote = (pid: number) => until(`${pid} wrote its pid`, async () => (await pids()).includes(pid))
  onTestFinished(async () => {
    for (const pid of await pids()) if (isAlive(pid)) process.kill(-pid, "SIGKILL")
  })
  const made = (version: string) =>
    all
      .upload(version, COUNTED)
      .then(blob => releaseOf(blob, version, { startsecs: 1, env: { COUNT: count }, ...settings }))
  expect(await all.deploy(await made("1"))).toMatchObject({ state: "done" })
  const { pid } = await all.reaches("RUNNING")
  await wrote(pid)
  return { pids, wrote, made, pid, count, living: () => livingWith(count) }
}

/** Every process that has this in its environment: no other count can be wrong the same way. */
function livingWith(count: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter(pid => pid > 0 && isAlive(pid) && environmentOf(pid).includes(`COUNT=${count}`))
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8")
  } catch {
    return ""
  }
}

/** Kills supervisord alone, and starts another on the same configuration. */
async function killedAndBack(daemon: Supervisord): Promise<void> {
  process.kill(daemon.pid, "SIGKILL")
  await until("it is dead", () => !isAlive(daemon.pid))
  await rm(daemon.socketPath, { force: true })
  const next = launch("/usr/bin/supervisord", ["-n", "-c", daemon.configFile], { stdio: "ignore" })
  onTestFinished(async () => {
    killTree(next.pid!)
    await ended(next)
  })
  const calls = supervisorAt(createProxy(patient(daemon.socketUrl)))
  await until("it answers", () =>
    calls.getAllProcessInfo().then(
      () => true,
      () => false,
    ),
  )
}

describe.skipIf(!BACKENDS.includes("supervisord"))("after a kill -9 of supervisord", () => {
  async function orphaned(settings: Parameters<typeof releaseOf>[2] = {}) {
    const all = await bench("supervisord")
    const task = await counted(all, settings)
    await killedAndBack(all.supervisord!)
    await all.reaches(settings.startsecs === 0 ? "EXITED" : "FATAL")
    return { all, ...task }
  }

  test("its next one starts no second process, and what is asked shows the first", async () => {
    const { all, pid, pids, living } = await orphaned()
    expect([living(), await pids()]).toEqual([[pid], [pid]])
    expect(await all.info()).toMatchObject({ state: "FATAL", pid: 0, orphan: pid, version: "1" })
    expect(await all.supervisor.getAllProcessInfo()).toMatchObject([{ orphan: pid }])
    expect((await all.deployment.inspect(TASK.service, TASK.cluster, "")).tasks).toMatchObject([
      { release: expect.any(String), orphan: pid },
    ])
    expect(await all.supervisor.readStderrTail(PROGRAM, 1_000)).toContain(
      `minos: ORPHAN pid ${pid} of this task still runs`,
    )
    const { orphan: _none, ...info } = await all.info()
    const report = statusReport(clusterOf([]), [seen("web.0 web-01", { ...info, orphan: pid })])
    expect(JSON.stringify(report)).toContain(`"orphan":${pid}`)
  })

  test.each<[string, (all: Bench) => Promise<unknown>]>([
    ["supervisor.startProcess", all => all.proxy.call("supervisor.startProcess", [PROGRAM])],
    ["supervisor.startProcessGroup", all => all.proxy.call("supervisor.startProcessGroup", [PROGRAM])],
    ["supervisor.startAllProcesses", all => all.proxy.call("supervisor.startAllProcesses", [])],
    [
      "stop and start",
      async all => {
        expect(await all.proxy.call("supervisor.stopProcess", [PROGRAM])).toBe(true)
        await all.proxy.call("supervisor.startProcess", [PROGRAM])
      },
    ],
  ])("%s replaces it", async (_, act) => {
    const { all, pid, pids, wrote, living } = await orphaned()
    await act(all)
    const after = await all.reaches("RUNNING")
    await wrote(after.pid)
    expect([living(), await pids()]).toEqual([[after.pid], [pid, after.pid]])
    expect(after).not.toHaveProperty("orphan")
    expect((await all.deployment.inspect(TASK.service, TASK.cluster, "")).tasks[0]?.orphan).toBe(0)
  })

  test("a deploy replaces it, also where exit 75 is no failure to supervisord", async () => {
    const { all, made, pid, wrote, living } = await orphaned({ startsecs: 0 })
    expect(await all.deploy(await made("2"))).toMatchObject({ state: "done" })
    const after = await all.reaches("RUNNING")
    expect(after).toMatchObject({ version: "2" })
    await wrote(after.pid)
    expect(living()).toEqual([after.pid])
    expect(after.pid).not.toBe(pid)
    expect(all.lines).toContain(
      `${PROGRAM}: ending pid ${pid}, which was started before its supervisor ended`,
    )
  })

  test.each<[string, (all: Bench) => Promise<unknown>]>([
    ["supervisor.stopProcess", all => all.proxy.call("supervisor.stopProcess", [PROGRAM])],
    ["supervisor.stopProcessGroup", all => all.proxy.call("supervisor.stopProcessGroup", [PROGRAM])],
    ["supervisor.stopAllProcesses", all => all.proxy.call("supervisor.stopAllProcesses", [])],
  ])("%s leaves no process", async (_, act) => {
    const { all, living } = await orphaned()
    await act(all)
    expect(living()).toEqual([])
    const again = await all.proxy.call("supervisor.stopProcess", [PROGRAM]).catch(error => error.fault?.code)
    expect(again).toBe(FAULT.NOT_RUNNING)
  })

  test("deployment.remove leaves no process and no program", async () => {
    const { all, living } = await orphaned()
    const op = nextOp("remove")
    const notAfter = (await all.deployment.inspect("", "", "")).now + 600
    await all.deployment.remove({ ...TASK, op, notAfter, ifGeneration: -1, data: true })
    await until("it has ended", async () => (await all.deployment.operation(op)).state === "done")
    expect(living()).toEqual([])
    expect(await all.supervisor.getAllProcessInfo()).toEqual([])
  })

  test("an orphan that takes no TERM is killed after the release's stopwaitsecs", async () => {
    const all = await bench("supervisord")
    const blob = await all.upload("1", 'trap "" TERM\necho $$ >>"$COUNT"\nwhile :; do sleep 1; done\n')
    const count = join(all.root, "count")
    const stubborn = releaseOf(blob, "1", { startsecs: 1, stopwaitsecs: 1, env: { COUNT: count } })
    await all.deploy(stubborn)
    const { pid } = await all.reaches("RUNNING")
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(-pid, "SIGKILL")
    })
    await killedAndBack(all.supervisord!)
    await all.reaches("FATAL")
    await all.proxy.call("supervisor.startProcess", [PROGRAM])
    const after = await all.reaches("RUNNING")
    expect([isAlive(pid), after.pid === pid]).toEqual([false, false])
  })

  test("while it is dead, an inspection still answers", async () => {
    const all = await bench("supervisord")
    await counted(all)
    process.kill(all.supervisord!.pid, "SIGKILL")
    await until("it is dead", () => !isAlive(all.supervisord!.pid))
    const { tasks } = await all.deployment.inspect(TASK.service, TASK.cluster, "")
    expect(tasks).toMatchObject([{ version: "1", orphan: 0 }])
  })
})

test.each(BACKENDS)(
  "a task that runs as it should is no orphan, however often it is asked, %s",
  async kind => {
    const all = await bench(kind)
    const { pid } = await counted(all)
    for (let n = 0; n < 5; n++) {
      await all.proxy.call("supervisor.stopProcess", [PROGRAM])
      const asking = Array.from({ length: 8 }, () => all.info())
      await all.proxy.call("supervisor.startProcess", [PROGRAM, false])
      const seen = await Promise.all([...asking, ...Array.from({ length: 8 }, () => all.info())])
      for (const info of seen) expect(info).not.toHaveProperty("orphan")
      const after = await all.reaches("RUNNING")
      expect(isAlive(pid)).toBe(false)
      expect(await readFile(join(all.root, "tasks/shop/test/web/0/run/process"), "utf8")).toMatch(
        new RegExp(`^${after.pid} \\d+ [0-9a-f-]{36}\n$`),
      )
    }
  },
)

test("a record of a stranger's process, of another start, ends nobody", async () => {
  const all = await bench("embedded")
  await counted(all)
  const stranger = launch("sleep", ["1000"], { stdio: "ignore", detached: true })
  onTestFinished(async () => {
    stranger.kill("SIGKILL")
    await ended(stranger)
  })
  const record = join(all.root, "tasks/shop/test/web/0/run/process")
  await all.proxy.call("supervisor.stopProcess", [PROGRAM])
  const [, , boot = ""] = (await readFile(record, "utf8")).split(" ")
  await writeFile(record, `${stranger.pid} 1 ${boot}`)
  await all.proxy.call("supervisor.startProcess", [PROGRAM])
  await all.reaches("RUNNING")
  expect(isAlive(stranger.pid!)).toBe(true)
})
