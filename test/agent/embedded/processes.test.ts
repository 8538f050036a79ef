import { chmod, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import { type Clock, systemClock } from "../../../src/agent/embedded/clock.js"
import { EXITED_TOO_QUICKLY } from "../../../src/agent/embedded/state.js"
import { FAULT } from "../../../src/model/fault.js"
import { isAlive } from "../../support/processes.js"
import { until } from "../../support/until.js"
import { bench } from "./support.js"

/** A script that ends at once when it is told to, without leaving a sleep behind. */
const SLEEP = "exec sleep 1000"
const STUBBORN = "trap '' TERM\necho ready\nwhile :; do sleep 0.05; done"

/** What is in a file; nothing when there is none. */
const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "")

describe("a program of the embedded backend", () => {
  test("runs, tells its pid and stops", async () => {
    const { backend, define, reaches, info } = await bench()
    await define("web", SLEEP)
    expect(await info("web")).toMatchObject({ state: "STOPPED", pid: 0, start: 0, stop: 0 })
    await backend.start("web")
    const running = await reaches("web", "RUNNING")
    expect(isAlive(running.pid)).toBe(true)
    expect(running.start).toBeGreaterThan(0)
    await backend.stop("web")
    expect(await info("web")).toMatchObject({ state: "STOPPED", pid: 0, exitstatus: -1 })
    expect(isAlive(running.pid)).toBe(false)
  })

  test("is left alone by a start while it runs", async () => {
    const { backend, define, reaches, info } = await bench()
    await define("web", SLEEP)
    await backend.start("web")
    const { pid } = await reaches("web", "RUNNING")
    await backend.start("web")
    expect((await info("web")).pid).toBe(pid)
  })

  test("that exits at once goes through BACKOFF to FATAL", async () => {
    const { backend, define, reaches, folder } = await bench()
    await define("web", "echo try; exit 3")
    await backend.start("web")
    expect(await reaches("web", "BACKOFF")).toMatchObject({ spawnerr: EXITED_TOO_QUICKLY, pid: 0 })
    expect(await reaches("web", "FATAL")).toMatchObject({ spawnerr: EXITED_TOO_QUICKLY, exitstatus: 0 })
    expect(await textOf(join(folder, "log/web.out"))).toBe("try\ntry\n")
  })

  test("is tried again after one second, two and three", async () => {
    const waits: number[] = []
    const startsecs = 1000
    const clock: Clock = {
      ...systemClock,
      // Time flies, but never so far that a failing program counts as RUNNING.
      after(milliseconds, then) {
        if (milliseconds === startsecs * 1000) return () => {}
        waits.push(milliseconds)
        const soon = setImmediate(then)
        return () => clearImmediate(soon)
      },
    }
    const { backend, define, reaches } = await bench({ clock })
    await define("web", "exit 1", { startsecs, startretries: 3 })
    await backend.start("web")
    await reaches("web", "FATAL")
    expect(waits).toEqual([1000, 2000, 3000, 0])
  })

  test("is restarted after an unexpected exit, with another pid", async () => {
    const { backend, define, reaches } = await bench()
    await define("web", SLEEP)
    await backend.start("web")
    const { pid } = await reaches("web", "RUNNING")
    process.kill(pid, "SIGKILL")
    await until("it runs again", async () => {
      const now = await reaches("web", "RUNNING")
      return now.pid !== pid
    })
  })

  test.each([
    { autorestart: "unexpected" as const, exitcodes: [0, 2], code: 2, starts: 1 },
    { autorestart: "unexpected" as const, exitcodes: [0], code: 2, starts: 2 },
    { autorestart: true, exitcodes: [0], code: 0, starts: 2 },
    { autorestart: false, exitcodes: [0], code: 2, starts: 1 },
  ])(
    "with autorestart $autorestart and exitcodes $exitcodes starts $starts times when it ends with $code",
    async row => {
      const { backend, define, reaches, folder } = await bench()
      const { autorestart, exitcodes, code, starts } = row
      // The second start stays up, so that the number of starts is final.
      await define("web", `echo x >> count\n[ "$(wc -l < count)" -ge 2 ] && ${SLEEP}\nexit ${code}`, {
        startsecs: 0,
        autorestart,
        exitcodes,
      })
      await backend.start("web")
      if (starts === 1) await reaches("web", "EXITED")
      else await until("a second start", async () => (await textOf(join(folder, "count"))) === "x\nx\n")
      expect((await textOf(join(folder, "count"))).length / 2).toBe(starts)
      if (starts === 1) expect(await reaches("web", "EXITED")).toMatchObject({ exitstatus: code })
    },
  )

  test("is not restarted once it was stopped between its exit and the automatic start", async () => {
    const { backend, define, reaches, info, folder } = await bench()
    await define("web", "echo x >> count", { startsecs: 0, autorestart: true })
    await backend.start("web")
    await reaches("web", "EXITED")
    await backend.stop("web")
    const count = await textOf(join(folder, "count"))
    await new Promise(resolve => setTimeout(resolve, 1200))
    expect(await textOf(join(folder, "count"))).toBe(count)
    expect((await info("web")).state).toBe("STOPPED")
  })

  test("that ignores TERM is killed after stopwaitsecs", async () => {
    const { backend, define, info, folder } = await bench()
    await define("web", STUBBORN, { stopwaitsecs: 0.3 })
    await backend.start("web")
    await until("it is ready", async () => (await textOf(join(folder, "log/web.out"))) !== "")
    const { pid } = await info("web")
    const stopping = backend.stop("web")
    expect((await info("web")).state).toBe("STOPPING")
    await stopping
    expect(await info("web")).toMatchObject({ state: "STOPPED", exitstatus: -1 })
    expect(isAlive(pid)).toBe(false)
  })

  test("leaves no grandchild when its group is stopped and killed", async () => {
    const { backend, define, folder } = await bench()
    await define("web", `(trap '' TERM; while :; do sleep 0.05; done) &\necho $!\n${STUBBORN}`, {
      stopwaitsecs: 0.3,
      stopasgroup: true,
      killasgroup: true,
    })
    await backend.start("web")
    const output = await until("both run", async () => {
      const text = await textOf(join(folder, "log/web.out"))
      return text.includes("ready") && text
    })
    const grandchild = Number.parseInt(output, 10)
    expect(isAlive(grandchild)).toBe(true)
    await backend.stop("web")
    await until("the grandchild is gone", () => !isAlive(grandchild))
  })

  test("stops although a grandchild keeps its output open", async () => {
    const { backend, define, folder, info } = await bench()
    await define("web", `sleep 1000 &\necho $!\n${SLEEP}`)
    await backend.start("web")
    const output = await until("it runs", () => textOf(join(folder, "log/web.out")))
    onTestFinished(() => void process.kill(Number(output), "SIGKILL"))
    await backend.stop("web")
    expect((await info("web")).state).toBe("STOPPED")
  })

  test("has its output in its logs when it has ended, byte for byte", async () => {
    const { backend, define, reaches, folder } = await bench()
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7) % 256))
    await writeFile(join(folder, "in.bin"), bytes)
    await define("web", "cat in.bin; echo trouble >&2", { startsecs: 0 })
    await backend.start("web")
    await reaches("web", "EXITED")
    expect((await readFile(join(folder, "log/web.out"))).equals(bytes)).toBe(true)
    expect(await readFile(join(folder, "log/web.err"), "utf8")).toBe("trouble\n")
  })

  test("may open its outputs by name, as nginx and shell scripts do", async () => {
    const { backend, define, reaches, folder } = await bench()
    await define("web", "echo out > /dev/stdout; echo err > /dev/stderr", { startsecs: 0 })
    await backend.start("web")
    await reaches("web", "EXITED")
    expect(await textOf(join(folder, "log/web.out"))).toBe("out\n")
    expect(await textOf(join(folder, "log/web.err"))).toBe("err\n")
  })

  test("may have one log for both outputs", async () => {
    const { backend, define, reaches } = await bench()
    const program = await define("web", "echo out; echo err >&2", { startsecs: 0 })
    await backend.define({ ...program, stderrLog: program.stdoutLog })
    await backend.start("web")
    await reaches("web", "EXITED")
    expect((await readFile(program.stdoutLog, "utf8")).split("\n").sort()).toEqual(["", "err", "out"])
  })

  test("has its logs rotated while it writes, and none of it is lost", async () => {
    const { backend, define, reaches, folder } = await bench()
    await define(
      "web",
      "i=0; while [ $i -lt 200 ]; do echo line-$i-0123456789; i=$((i+1)); sleep 0.002; done",
      {
        startsecs: 0,
        logMaxBytes: 1000,
        logBackups: 100,
      },
    )
    await backend.start("web")
    await reaches("web", "EXITED")
    const parts = [""]
    for (let n = 100; n >= 1; n--) parts.push(await textOf(join(folder, `log/web.out.${n}`)))
    parts.push(await textOf(join(folder, "log/web.out")))
    const lines = parts.join("").trim().split("\n")
    expect(lines).toEqual(Array.from({ length: 200 }, (_, n) => `line-${n}-0123456789`))
    expect(await textOf(join(folder, "log/web.out.1"))).not.toBe("")
  })

  test("knows its names, and nothing of minos' own settings", async () => {
    process.env.MINOS_AGENT_PASSWORD = "hush"
    onTestFinished(() => void delete process.env.MINOS_AGENT_PASSWORD)
    const { backend, define, reaches, folder } = await bench()
    await define("web", 'echo "$SUPERVISOR_PROCESS_NAME $SUPERVISOR_GROUP_NAME $MINOS_AGENT_PASSWORD"; pwd', {
      startsecs: 0,
    })
    await backend.start("web")
    await reaches("web", "EXITED")
    expect(await textOf(join(folder, "log/web.out"))).toBe(`web web \n${folder}\n`)
  })

  test("that was started and stopped a thousand times never lived twice", async () => {
    const { backend, define, info, folder } = await bench()
    // A second life at the same time cannot make the folder, and says so.
    await define(
      "web",
      `mkdir alone || echo twice >> twice\ntrap 'rmdir alone; exit 0' TERM\nread line\nrmdir alone`,
      {
        startsecs: 1000,
      },
    )
    const pids = new Set<number>()
    for (let n = 0; n < 1000; n++) {
      await backend.start("web")
      const { pid } = await info("web")
      pids.add(pid)
      // Let some of them live long enough to reach their trap.
      if (n % 10 === 0) await new Promise(resolve => setTimeout(resolve, 5))
      await backend.stop("web")
      if (isAlive(pid)) throw new Error(`${pid} lives after its stop`)
      // A life that ended before it set its trap left it.
      await rm(join(folder, "alone"), { recursive: true, force: true })
    }
    expect(pids.size).toBeGreaterThan(900)
    expect(await textOf(join(folder, "twice"))).toBe("")
  })
})

describe("a program that cannot be started", () => {
  const cases = [
    { what: "is missing", mode: undefined, code: FAULT.NO_FILE },
    { what: "is a link to itself", mode: "loop", code: FAULT.NO_FILE },
    { what: "is not executable", mode: 0o644, code: FAULT.NOT_EXECUTABLE },
    { what: "is a folder", mode: "folder", code: FAULT.NOT_EXECUTABLE },
  ] as const
  test.each(cases)("because it $what is fault $code and stays STOPPED", async ({ mode, code }) => {
    const { backend, define, info, folder } = await bench()
    const program = await define("web", SLEEP)
    const command = join(folder, "other")
    if (mode === "folder") await mkdir(command)
    else if (mode === "loop") await symlink(command, command)
    else if (mode !== undefined) await writeFile(command, "").then(() => chmod(command, mode))
    await backend.define({ ...program, command })
    await expect(backend.start("web")).rejects.toMatchObject({ code })
    expect((await info("web")).state).toBe("STOPPED")
  })

  test("for want of its folder backs off and says why", async () => {
    const { backend, define, reaches, folder } = await bench()
    const program = await define("web", SLEEP, { startretries: 0 })
    await backend.define({ ...program, directory: join(folder, "gone") })
    await expect(backend.start("web")).rejects.toMatchObject({ code: FAULT.SPAWN_ERROR })
    const { spawnerr } = await reaches("web", "FATAL")
    expect(spawnerr).toBe(`couldn't chdir to ${join(folder, "gone")}: ENOENT`)
  })

  test("for want of its interpreter backs off", async () => {
    const { backend, define, reaches } = await bench()
    const program = await define("web", SLEEP, { startretries: 0 })
    await writeFile(program.command, "#!/no/such/interpreter\n")
    await backend.start("web").catch(() => {})
    expect((await reaches("web", "FATAL")).spawnerr).toContain("ENOENT")
  })

  test("for want of its log backs off", async () => {
    const { backend, define, reaches, folder } = await bench()
    const program = await define("web", SLEEP, { startretries: 0 })
    await mkdir(join(folder, "log/web.err"), { recursive: true })
    await backend.define({ ...program })
    await expect(backend.start("web")).rejects.toMatchObject({ code: FAULT.SPAWN_ERROR })
    expect((await reaches("web", "FATAL")).spawnerr).toContain("EISDIR")
  })
})

describe("the embedded backend", () => {
  test("knows its programs sorted by name, and forgets what is removed", async () => {
    const { backend, define } = await bench()
    for (const name of ["b", "c", "a"]) await define(name, SLEEP)
    await backend.start("b")
    await backend.remove("b")
    await backend.remove("unknown")
    await backend.stop("unknown")
    expect((await backend.processes()).map(process => process.name)).toEqual(["a", "c"])
    await expect(backend.start("b")).rejects.toMatchObject({ code: FAULT.BAD_NAME })
  })

  test("replaces a stopped program, leaves the same one alone and refuses to replace a running one", async () => {
    const { backend, define, reaches, info } = await bench()
    const program = await define("web", SLEEP)
    await backend.start("web")
    const { pid } = await reaches("web", "RUNNING")
    await backend.define({ ...program, settings: { ...program.settings } })
    expect((await info("web")).pid).toBe(pid)
    const changed = { ...program, stdoutLog: `${program.stdoutLog}.other` }
    await expect(backend.define(changed)).rejects.toMatchObject({ code: FAULT.STILL_RUNNING })
    await backend.stop("web")
    await backend.define(changed)
    expect(await info("web")).toMatchObject({ stdoutLog: changed.stdoutLog, start: 0 })
  })

  test("stops all its processes when it is closed, and starts none after", async () => {
    const { backend, define, info } = await bench()
    const names = ["a", "b", "c"]
    for (const name of names) await define(name, SLEEP).then(() => backend.start(name))
    await define("stubborn", STUBBORN, { stopwaitsecs: 0.2 }).then(() => backend.start("stubborn"))
    await define("failing", "exit 1", { startretries: 100 }).then(() => backend.start("failing"))
    await define("ending", "exit 0", { startsecs: 0, autorestart: true }).then(() => backend.start("ending"))
    const pids = await Promise.all(names.map(async name => (await info(name)).pid))
    await Promise.all([backend.close(), backend.close()])
    expect(pids.filter(isAlive)).toEqual([])
    const states = new Set((await backend.processes()).map(process => process.state))
    expect([...states].filter(state => state !== "STOPPED" && state !== "EXITED")).toEqual([])
    await expect(backend.start("a")).rejects.toMatchObject({ code: FAULT.SHUTDOWN_STATE })
  })
})
