import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { createProgress, type Progress } from "../../src/cli/progress.js"
import { createTerminal } from "../../src/cli/terminal.js"
import { changed, failed, skipped, unreachable } from "../report/outcomes.js"
import { screenOf } from "./emulated-screen.js"
import { keptStream, keptTerminal, type LiveStream, liveTerminal } from "./streams.js"

const ESC = "\x1b"
const RUN = { title: "restart shop/test", changes: true }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each([
  ["no terminal", undefined],
  ["a terminal of 0 columns", 0],
])("on %s", (_, columns) => {
  async function plain(color = false): Promise<{ progress: Progress; text: () => string }> {
    const err = columns === undefined ? keptStream() : liveTerminal(columns).err
    const terminal = createTerminal({ stdin: {}, stdout: keptStream(), stderr: err }, {}, color)
    return { progress: await createProgress(terminal, RUN), text: () => err.text() }
  }

  test("a small run has a line for each wave and change, and no escape code", async () => {
    const { progress, text } = await plain()
    progress.event({ kind: "began", planned: 20, waves: 2 })
    progress.event({ kind: "say", text: "staging 3/8" })
    progress.event({ kind: "wave", index: 1, name: "canary" })
    progress.event({ kind: "dispatched", task: "web.0", host: "web-01", region: "east" })
    progress.event({ kind: "outcome", outcome: changed("web.0 web-01") })
    progress.event({ kind: "waiting", why: "bake after the canary" })
    progress.event({ kind: "wave", index: 2, name: "the rest of east" })
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    progress.event({ kind: "outcome", outcome: skipped("web.2 web-03") })
    progress.stop()
    expect(text()).toBe(
      [
        "wave 1/2: canary",
        "changed  east web-01 web.0  RUNNING, pid 71",
        "wave 2/2: the rest of east",
        "failed web-02 web.1: it broke",
        "",
      ].join("\n"),
    )
  })

  test("a large run has a line for each tenth, and equal failures are one line before it", async () => {
    const { progress, text } = await plain()
    progress.event({ kind: "began", planned: 40, waves: 0 })
    for (let n = 0; n < 8; n++) {
      const outcome = n % 2 === 0 ? changed(`web.${n} web-0${n}`) : failed(`web.${n} web-0${n}`)
      progress.event({ kind: "outcome", outcome })
      vi.advanceTimersByTime(60)
    }
    vi.advanceTimersByTime(500)
    expect(text()).toBe("failed web-[01,03,05,07] (4): it broke\n20%  4/40 ok  4 failed\n")
    progress.stop()
    expect(text().match(/\n/g)).toHaveLength(2)
  })

  test("4,000 tasks have ten lines", async () => {
    const { progress, text } = await plain()
    progress.event({ kind: "began", planned: 4_000, waves: 0 })
    for (let n = 0; n < 4_000; n++) {
      progress.event({ kind: "outcome", outcome: changed(`web.${n} web-${n}`) })
      vi.advanceTimersByTime(25)
    }
    progress.stop()
    const lines = text().trimEnd().split("\n")
    expect(lines.map(line => line.split(" ")[0])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(tenth => `${tenth}0%`),
    )
    expect(lines[4]).toMatch(/^50% {2}2,0\d\d\/4,000 ok {2}40\/s {2}eta 49s$/)
  })

  test("a line comes after each 30 s in which none was printed", async () => {
    const { progress, text } = await plain()
    progress.event({ kind: "began", planned: 2, waves: 0 })
    vi.advanceTimersByTime(20_000)
    progress.event({ kind: "dispatched", task: "web.0", host: "web-01", region: "east" })
    progress.line("a word")
    vi.advanceTimersByTime(29_999)
    expect(text()).toBe("a word\n")
    vi.advanceTimersByTime(1)
    expect(text()).toBe("a word\nafter 50s: 0/2 ok  1 running  slowest: web-01 30s\n")
    progress.event({ kind: "waiting", why: "2 of 4 healthy in east" })
    vi.advanceTimersByTime(30_000)
    expect(text().trimEnd().split("\n")[2]).toBe(
      "after 1m20s: 0/2 ok  1 running  slowest: web-01 1m00s  waiting 30s: 2 of 4 healthy in east",
    )
    progress.stop()
    vi.advanceTimersByTime(100_000)
    expect(text().trimEnd().split("\n")).toHaveLength(3)
  })

  test("colour comes only where it was asked for, and nothing else with it", async () => {
    const { progress, text } = await plain(true)
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    progress.stop()
    expect(text()).toBe(`${ESC}[31mfailed web-02 web.1: it broke${ESC}[39m\n`)
  })

  test("a task that was put back after it failed is not told to have failed twice", async () => {
    const { progress, text } = await plain()
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    progress.line("reverting")
    const hint = "put back: RUNNING"
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02", { message: "it broke", hint }) })
    progress.event({ kind: "outcome", outcome: failed("web.2 web-03", { message: "it broke" }) })
    progress.event({ kind: "outcome", outcome: unreachable("web.1 web-02") })
    progress.stop()
    expect(text().trimEnd().split("\n")).toEqual([
      "failed web-02 web.1: it broke",
      "reverting",
      "failed web-03 web.2: it broke",
      "unreachable web-02 web.1: it is refused",
    ])
  })

  test("a question is simply asked", async () => {
    const { progress } = await plain()
    expect(await progress.aside(async () => "yes")).toBe("yes")
    progress.stop()
  })
})

describe.each([
  [80, false],
  [80, true],
  [60, false],
  [60, true],
])("on a terminal of %i columns, colour %s", (columns, color) => {
  test("a run is one live line with at most six below, and leaves its failures only", async () => {
    const { terminal, err } = liveTerminal(columns, color)
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "say", text: "staging 3/8" })
    expect(shown(err, 100)).toEqual(["-  restart shop/test: staging 3/8"])
    progress.event({ kind: "began", planned: 4_000, waves: 5 })
    progress.event({ kind: "wave", index: 2, name: "east" })
    for (let n = 0; n < 50; n++) {
      progress.event({ kind: "dispatched", task: `web.${n}`, host: `eu-${n + 100}`, region: "east" })
      vi.advanceTimersByTime(1_000)
    }
    const lines = shown(err, 0)
    expect(lines).toHaveLength(7)
    expect(lines[0]).toBe("-  wave 2/5  0/4,000 ok  50 running  slowest: eu-100 50s")
    expect(lines[1]).toBe("   50s  east  eu-100  web.0")
    expect(lines[6]).toBe("   ... and 45 more")
    for (let n = 0; n < 3; n++)
      progress.event({ kind: "outcome", outcome: changed(`web.${n} eu-${n + 100}`) })
    progress.event({ kind: "outcome", outcome: unreachable("web.3 eu-103") })
    progress.event({ kind: "outcome", outcome: unreachable("web.4 eu-104") })
    const after = shown(err, 500)
    expect(after[0]).toBe("unreachable eu-[103-104] (2): it is refused")
    expect(after[1]).toMatch(/^- {2}wave 2\/5 {2}3\/4,000 ok {2}2 unreachable {2}45 running/)
    expect(after.filter(line => line.length > columns)).toEqual([])
    expect(after).toHaveLength(8)
    progress.stop()
    expect(screenOf(err.text(), columns)).toEqual(["unreachable eu-[103-104] (2): it is refused"])
    expect(err.text().includes(`${ESC}[31m`)).toBe(color)
    expect(err.text().includes(`${ESC}[3`)).toBe(color)
  })
})

describe("on a terminal", () => {
  test("it is drawn at most ten times a second, however much happens", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "began", planned: 10_000, waves: 0 })
    for (let n = 0; n < 1_000; n++) {
      progress.event({ kind: "outcome", outcome: changed(`web.${n} web-${n}`) })
      vi.advanceTimersByTime(10)
    }
    expect(count(err, `${ESC}[?2026h`)).toBeLessThanOrEqual(101)
    expect(count(err, `${ESC}[?2026h`)).toBeGreaterThan(90)
    progress.stop()
  })

  test("the cursor is hidden once and comes back at the end", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    vi.advanceTimersByTime(1_000)
    progress.line("finishing what runs, starting no more")
    expect([count(err, `${ESC}[?25l`), count(err, `${ESC}[?25h`)]).toEqual([1, 0])
    progress.stop()
    expect([count(err, `${ESC}[?25l`), count(err, `${ESC}[?25h`)]).toEqual([1, 1])
    const length = err.text().length
    vi.advanceTimersByTime(60_000)
    expect(err.text()).toHaveLength(length)
    expect(err.listenerCount("resize")).toBe(0)
  })

  test("when the process ends early the cursor comes back and no failure stays untold", async () => {
    const { terminal, err } = liveTerminal(80)
    const before = process.listeners("exit")
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    const own = process.listeners("exit").filter(listener => !before.includes(listener))
    for (const listener of own) listener.call(process, 1)
    expect(screenOf(err.text(), 80)).toEqual(["failed web-02 web.1: it broke"])
    expect(count(err, `${ESC}[?25h`)).toBe(1)
  })

  test("a line that stays tells the failures before it first", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    progress.line("giving up")
    progress.stop()
    expect(screenOf(err.text(), 80)).toEqual(["failed web-02 web.1: it broke", "giving up"])
  })

  test("a narrower window has narrower lines, and what it wrapped is taken away", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, { ...RUN, title: "x".repeat(100) })
    expect(shown(err, 100)).toEqual([`-  ${"x".repeat(74)}...`])
    const length = err.text().length
    err.resize(50)
    expect(err.text().slice(length).split(`${ESC}[2K`)).toHaveLength(2)
    expect(screenOf(err.text(), 80).at(-1)).toHaveLength(50)
    err.resize(100)
    expect(screenOf(err.text(), 100).at(-1)).toHaveLength(100)
    progress.stop()
  })

  test("a window of 0 columns is not drawn to until it has some again", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    err.resize(0)
    const length = err.text().length
    vi.advanceTimersByTime(10_000)
    progress.line("still here")
    expect(err.text().slice(length)).toBe("still here\n")
    err.resize(40)
    expect(screenOf(err.text(), 40)).toEqual(["still here", expect.stringContaining("restart shop/test")])
    progress.stop()
    expect(screenOf(err.text(), 40)).toEqual(["still here"])
  })

  test("a low window has fewer details", async () => {
    const { terminal, err } = liveTerminal(80)
    err.rows = 4
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "began", planned: 9, waves: 0 })
    for (let n = 0; n < 9; n++) {
      progress.event({ kind: "dispatched", task: `web.${n}`, host: `web-${n}`, region: "east" })
      vi.advanceTimersByTime(1_000)
    }
    expect(shown(err, 0)).toEqual([
      "-  0/9 ok  9 running  slowest: web-0 9s",
      "   9s  east  web-0  web.0",
      "   ... and 8 more",
    ])
    progress.stop()
  })

  test("while a question is asked nothing is drawn, and lines wait", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    let answer = (): void => {}
    const asked = progress.aside(() => new Promise<void>(resolve => (answer = resolve)))
    const length = err.text().length
    progress.line("said meanwhile")
    progress.event({ kind: "outcome", outcome: failed("web.1 web-02") })
    vi.advanceTimersByTime(10_000)
    expect(err.text()).toHaveLength(length)
    answer()
    await asked
    expect(shown(err, 100)).toEqual(["said meanwhile", "failed web-02 web.1: it broke", "-  0 ok  1 failed"])
    progress.stop()
  })

  test("a run that ends while a question is asked tells what waited, and draws no more", async () => {
    const { terminal, err } = liveTerminal(80)
    const progress = await createProgress(terminal, RUN)
    let answer = (): void => {}
    const asked = progress.aside(() => new Promise<void>(resolve => (answer = resolve)))
    progress.line("said meanwhile")
    progress.stop()
    answer()
    await asked
    vi.advanceTimersByTime(1_000)
    expect(screenOf(err.text(), 80)).toEqual(["said meanwhile"])
  })

  test("a secret is hidden in what moves as well", async () => {
    const { terminal, err } = liveTerminal(80)
    terminal.hide(["hunter22"])
    const progress = await createProgress(terminal, RUN)
    progress.event({ kind: "say", text: "asking with hunter22" })
    vi.advanceTimersByTime(1_000)
    progress.stop()
    expect(err.text()).toContain("asking with [secret]")
    expect(err.text()).not.toContain("hunter22")
  })
})

test("where nobody looks nothing is written to stdout", async () => {
  const { terminal, out } = keptTerminal()
  const progress = await createProgress(terminal, RUN)
  progress.line("failed  east web-01")
  progress.stop()
  expect(out.text()).toBe("")
})

/** The screen after a time, with `-` for the spinner's sign. */
function shown(err: LiveStream, ms: number): readonly string[] {
  vi.advanceTimersByTime(ms)
  return screenOf(err.text(), err.columns).map(line => line.replace(/^\S {2}(?=\S)/, "-  "))
}

function count(err: LiveStream, code: string): number {
  return err.text().split(code).length - 1
}
