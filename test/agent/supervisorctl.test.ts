import { execa } from "execa"
import { describe, expect, test } from "vitest"
import { until } from "../support/until.js"
import { BACKENDS, bench, PROGRAM, releaseOf, STAYS } from "./support.js"

const LISTENS = "trap 'echo heard' USR1\necho ready\nwhile :; do sleep 0.02; done\n"

describe.each(BACKENDS)("the real supervisorctl against an agent, %s", kind => {
  const deployed = async (script: string) => {
    const all = await bench(kind, { user: "minos", password: "a secret" })
    const made = releaseOf(await all.upload("1", script), "1", { stopasgroup: false, killasgroup: false })
    expect(await all.deploy(made)).toMatchObject({ state: "done" })
    await all.reaches("RUNNING")
    const ctl = (...args: string[]) => supervisorctl(all.url, ["-u", "minos", "-p", "a secret", ...args])
    return { ...all, ctl }
  }

  test("sees, stops, starts and restarts a task", async () => {
    const { ctl, info } = await deployed(STAYS("1"))
    const { pid } = await info()
    expect(await ctl("status")).toEqual({
      text: expect.stringMatching(new RegExp(`^${PROGRAM} +RUNNING +pid ${pid}, uptime 0:00:\\d\\d$`)),
      code: 0,
    })
    expect(await ctl("pid", PROGRAM)).toEqual({ text: String(pid), code: 0 })
    expect(await ctl("stop", PROGRAM)).toEqual({ text: `${PROGRAM}: stopped`, code: 0 })
    expect(await ctl("status")).toEqual({ text: expect.stringContaining("STOPPED"), code: 3 })
    expect(await ctl("stop", PROGRAM)).toEqual({ text: `${PROGRAM}: ERROR (not running)`, code: 0 })
    expect(await ctl("start", PROGRAM)).toEqual({ text: `${PROGRAM}: started`, code: 0 })
    expect(await ctl("start", PROGRAM)).toEqual({ text: `${PROGRAM}: ERROR (already started)`, code: 0 })
    expect(await ctl("restart", PROGRAM)).toEqual({
      text: `${PROGRAM}: stopped\n${PROGRAM}: started`,
      code: 0,
    })
    expect(await ctl("start", "none")).toEqual({ text: "none: ERROR (no such process)", code: 1 })
  })

  test("reads logs, signals, and asks who it is", async () => {
    const { ctl, stdout, backend } = await deployed(LISTENS)
    await until("it is ready", async () => (await stdout()).includes("ready"))
    expect(await ctl("signal", "USR1", PROGRAM)).toEqual({ text: `${PROGRAM}: signalled`, code: 0 })
    expect(await ctl("signal", "10", PROGRAM)).toEqual({ text: `${PROGRAM}: signalled`, code: 0 })
    expect(await ctl("signal", "NONSENSE", PROGRAM)).toEqual({
      text: `${PROGRAM}: ERROR (bad signal name)`,
      code: 1,
    })
    await until("it heard", async () => (await stdout()).includes("heard"))
    expect((await ctl("tail", PROGRAM)).text).toMatch(/^ready\nheard\n/)
    expect((await ctl("tail", PROGRAM, "stderr")).text.trim()).toBe("")
    expect(await ctl("tail", "none")).toEqual({ text: "none: ERROR (no such process name)", code: 1 })
    const version = backend.kind === "embedded" ? /^4\.2\.5 \(minos 0\.1\.0\)$/ : /^4\.\d+\.\d+$/
    expect(await ctl("version")).toEqual({ text: expect.stringMatching(version), code: 0 })
  })

  test("with a wrong password is told so, and learns nothing", async () => {
    const { url } = await deployed(STAYS("1"))
    for (const credentials of [["-u", "minos", "-p", "wrong"], ["-u", "other", "-p", "a secret"], []]) {
      const { text, code } = await supervisorctl(url, [...credentials, "status"])
      expect(text).toMatch(/authentication|401|auth/i)
      expect(text).not.toContain(PROGRAM)
      expect(code).not.toBe(0)
    }
  })
})

test("supervisorctl says the same through an agent as to supervisord itself", async () => {
  const all = await bench("supervisord", {
    supervisord: {
      programs: {
        sleeps: { command: "sleep 1000", startsecs: 0, autostart: false },
        dies: { command: "false", startsecs: 1, startretries: 0, autostart: false },
        missing: { command: "/no/such/program", autostart: false },
        folder: { command: "/tmp", autostart: false },
        ["long-name".padEnd(215, "x")]: { command: "/no/such/program", autostart: false },
      },
    },
  })
  const both = async (...args: string[]) => {
    const direct = await supervisorctl(all.supervisord!.url, args)
    const through = await supervisorctl(all.url, args)
    return { direct, through }
  }
  for (const args of [
    ["start", "none"],
    ["start", "missing"],
    ["start", "folder"],
    ["start", "dies"],
    ["start", "long-name".padEnd(215, "x")],
    ["stop", "sleeps"],
    ["signal", "HUP", "sleeps"],
    ["signal", "NONSENSE", "sleeps"],
    ["tail", "none"],
    ["add", "sleeps"],
    ["remove", "none"],
    ["reread"],
    ["avail"],
  ]) {
    const { direct, through } = await both(...args)
    expect([args, through]).toEqual([args, direct])
  }
})

/** What the real supervisorctl prints, and its exit code. */
async function supervisorctl(
  url: string,
  args: readonly string[],
): Promise<{ readonly text: string; readonly code: number | undefined }> {
  // From a folder without a supervisord.conf, which it would read.
  const done = await execa("/usr/bin/supervisorctl", ["-s", url, ...args], {
    reject: false,
    all: true,
    cwd: "/",
    timeout: 40_000,
  })
  return { text: done.all, code: done.exitCode }
}
