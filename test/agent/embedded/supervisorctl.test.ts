import { existsSync } from "node:fs"
import { execa } from "execa"
import { describe, expect, onTestFinished, test } from "vitest"
import { withIntrospection } from "../../../src/rpc/introspection.js"
import { createServer } from "../../../src/rpc/server.js"
import { until } from "../../support/until.js"
import { type Bench, bench } from "./support.js"

const SUPERVISORCTL = "/usr/bin/supervisorctl"
const SLEEP = "exec sleep 1000"

interface Control extends Bench {
  /** What the real supervisorctl prints, and its exit code. */
  ctl(...args: string[]): Promise<{ readonly text: string; readonly code: number | undefined }>
}

async function control(): Promise<Control> {
  const all = await bench({ version: "0.1.0" })
  const server = createServer({ methods: withIntrospection(all.backend.methods) })
  onTestFinished(() => server.close())
  const { port } = await server.listen("127.0.0.1", 0)
  return {
    ...all,
    async ctl(...args) {
      const done = await execa(SUPERVISORCTL, ["-s", `http://127.0.0.1:${port}`, ...args], {
        reject: false,
        all: true,
        cwd: all.folder,
        timeout: 40_000,
      })
      return { text: done.all, code: done.exitCode }
    },
  }
}

describe.skipIf(!existsSync(SUPERVISORCTL))("the real supervisorctl", () => {
  test("starts, sees, restarts and stops a program", async () => {
    const { define, ctl, info } = await control()
    await define("web", SLEEP)
    expect(await ctl("status")).toEqual({
      text: expect.stringMatching(/^web +STOPPED +Not started$/),
      code: 3,
    })
    expect(await ctl("start", "web")).toEqual({ text: "web: started", code: 0 })
    const { pid } = await info("web")
    expect(await ctl("status", "web")).toEqual({
      text: expect.stringMatching(new RegExp(`^web +RUNNING +pid ${pid}, uptime 0:00:\\d\\d$`)),
      code: 0,
    })
    expect(await ctl("pid", "web")).toEqual({ text: String(pid), code: 0 })
    expect(await ctl("pid")).toEqual({ text: String(process.pid), code: 0 })
    expect(await ctl("restart", "web")).toEqual({ text: "web: stopped\nweb: started", code: 0 })
    expect((await info("web")).pid).not.toBe(pid)
    expect(await ctl("stop", "web:*")).toEqual({ text: "web: stopped", code: 0 })
    expect((await ctl("status")).text).toMatch(/^web +STOPPED +\w{3} \d\d \d\d:\d\d [AP]M$/)
  })

  test("starts and stops all, and says what failed", async () => {
    const { define, ctl } = await control()
    await define("a", SLEEP)
    await define("b", SLEEP)
    await define("bad", "exit 1", { startretries: 50 })
    expect(await ctl("start", "all")).toEqual({
      text: "a: started\nb: started\nbad: ERROR (spawn error)",
      code: 7,
    })
    expect((await ctl("status", "bad")).text).toMatch(
      /BACKOFF +Exited too quickly \(process log may have details\)/,
    )
    expect(await ctl("start", "a")).toEqual({ text: "a: ERROR (already started)", code: 0 })
    expect(await ctl("start", "none")).toEqual({ text: "none: ERROR (no such process)", code: 1 })
    expect(await ctl("stop", "all")).toEqual({ text: "a: stopped\nb: stopped\nbad: stopped", code: 0 })
    expect(await ctl("stop", "a")).toEqual({ text: "a: ERROR (not running)", code: 0 })
  })

  test("reads and clears logs, also with control characters and bytes that are no text", async () => {
    const { define, ctl, reaches, backend } = await control()
    await define("web", "printf 'one \\033[31mred \\377 two\\n'; echo trouble >&2", { startsecs: 0 })
    await backend.start("web")
    await reaches("web", "EXITED")
    const { text, code } = await ctl("tail", "web")
    expect(text).toMatch(/^one .\[31mred \ufffd two\n?$/)
    expect(code).toBe(0)
    expect((await ctl("tail", "web", "stderr")).text.trim()).toBe("trouble")
    expect((await ctl("tail", "-4", "web")).text.trim()).toBe("two")
    expect(await ctl("tail", "none")).toEqual({ text: "none: ERROR (no such process name)", code: 1 })
    expect(await ctl("clear", "web")).toEqual({ text: "web: cleared", code: 0 })
    expect((await ctl("tail", "web")).text.trim()).toBe("")
    expect(await ctl("clear", "all")).toEqual({ text: "web: cleared", code: 0 })
  })

  test("signals a program", async () => {
    const { define, ctl, call } = await control()
    await define("web", "trap 'echo heard' USR1\necho ready\nwhile :; do sleep 0.02; done")
    expect(await ctl("signal", "USR1", "web")).toEqual({ text: "web: ERROR (not running)", code: 7 })
    await call("startProcess", "web")
    expect(await ctl("signal", "USR1", "web")).toEqual({ text: "web: signalled", code: 0 })
    expect(await ctl("signal", "USR1", "all")).toEqual({ text: "web: signalled", code: 0 })
    await until("it heard", async () => String(await call("readProcessLog", "web", 0, 0)).includes("heard"))
    expect(await ctl("signal", "NONSENSE", "web")).toEqual({ text: "web: ERROR (bad signal name)", code: 1 })
  })

  test("asks who it is and for changes", async () => {
    const { define, ctl } = await control()
    await define("web", SLEEP)
    expect(await ctl("version")).toEqual({ text: "4.2.5 (minos 0.1.0)", code: 0 })
    expect(await ctl("avail")).toEqual({
      text: expect.stringMatching(/^web +in use +manual +999:999$/),
      code: 0,
    })
    expect(await ctl("reread")).toEqual({ text: "No config updates to processes", code: 0 })
    expect(await ctl("update")).toEqual({ text: "", code: 0 })
    expect((await ctl("add", "web")).text).toBe("ERROR: process group already active")
    expect((await ctl("remove", "web")).text).toContain("use minos to remove it")
  })
})
