import { describe, expect, test } from "vitest"
import type { TaskView } from "../../src/model/outcome.js"
import { type Palette, PLAIN } from "../../src/report/palette.js"
import { statusReport } from "../../src/report/report.js"
import { statusText, uptime } from "../../src/report/status-text.js"
import { clusterOf } from "../support/fleet.js"
import { missing, seen, silent } from "./outcomes.js"

const WIDE = Number.POSITIVE_INFINITY

describe("statusText", () => {
  test("shows a row a process, a summary a region, and why a host is silent", () => {
    const views = [
      seen("web.0 web-01", { pid: 71, start: 0, now: 62, version: "1.2.0" }),
      seen("web.1 web-02", { state: "EXITED", pid: 0, exitstatus: 7 }),
      silent("web.2 web-03"),
      missing("web.3 fra-01 west"),
      silent("web.4 fra-02 west"),
    ]
    expect(text(views)).toBe(
      `
REGION  HOST    TASK   STATE        PID  UPTIME   VERSION  NOTE
east    web-01  web.0  RUNNING      71   0:01:02  1.2.0
east    web-02  web.1  EXITED       -    -        -        exit status 7
east    web-03  web.2  UNREACHABLE  -    -        -        refused
west    fra-01  web.3  MISSING      -    -        -        no program web
west    fra-02  web.4  UNREACHABLE  -    -        -        refused

REGION  HOSTS        STATES
east    web-[01-03]  1 RUNNING, 1 EXITED, 1 UNREACHABLE
west    fra-[01-02]  1 MISSING, 1 UNREACHABLE

UNREACHABLE  web-03,fra-02
  it is refused (web-03: http://web-03:9001)
  mend refused`.trim(),
    )
  })

  test("names the run that changes the cluster", () => {
    const holder = {
      run: "d-1",
      who: "ann",
      from: "ops-1\x1b[2J",
      command: "minos deploy",
      since: "2026-11-22T10:15:00Z",
    }
    const views = [seen("web.0 web-01", {})]
    const report = statusReport(clusterOf([]), views, [], [holder])
    expect(report.locks).toEqual([holder])
    expect(statusText(report, PLAIN, WIDE).slice(-2)).toEqual([
      "",
      "locked: d-1 by ann from ops-1\\x1b[2J since 2026-11-22T10:15:00Z: minos deploy",
    ])
  })

  test("names each process of a group", () => {
    const pair = { group: "pair", start: 10, now: 20 }
    const views = [
      seen("pair.0 web-01", { ...pair, name: "a", pid: 1 }, { ...pair, name: "b", state: "BACKOFF", pid: 0 }),
    ]
    expect(text(views).split("\n").slice(0, 3)).toEqual([
      "REGION  HOST    TASK           STATE    PID  UPTIME   VERSION  NOTE",
      "east    web-01  pair.0 pair:a  RUNNING  1    0:00:10  -",
      "east    web-01  pair.0 pair:b  BACKOFF  -    -        -",
    ])
    expect(text(views)).toContain("1 BACKOFF")
  })

  test("an orphan stands there with what to do, before why the supervisor has no process", () => {
    const orphaned = { state: "FATAL", pid: 0, spawnerr: "Exited too quickly", orphan: 71 } as const
    expect(text([seen("web.0 web-01", orphaned)]).split("\n")[1]).toMatch(
      /FATAL .* ORPHAN pid 71: runs without its supervisor; minos restart --task web\.0 replaces it$/,
    )
  })

  test.each([
    [{ state: "STOPPED", start: 0 }, "never started"],
    [{ state: "STOPPED" }, ""],
    [{ state: "EXITED", exitstatus: 0 }, "exit status 0"],
    [{ state: "EXITED", exitstatus: -1 }, "ended by a signal"],
    [{ state: "FATAL", spawnerr: "Exited too quickly" }, "Exited too quickly"],
    [{ state: "STARTING", spawnerr: "an old one" }, ""],
    [
      { state: "FATAL", spawnerr: "\x1b[2J\nwest  fra-01  web.9  RUNNING" },
      "\\x1b[2J\\nwest  fra-01  web.9  RUNNING",
    ],
  ] as const)("%j is noted as %j", (process, note) => {
    const [, row] = text([seen("web.0 web-01", { ...process, pid: 0 })]).split("\n")
    expect(
      row
        ?.split(/ {2,}-/)
        .at(-1)
        ?.trim(),
    ).toBe(note)
  })

  test("gathers silent hosts by what is wrong with them", () => {
    const views = [
      silent("a.0 h-1"),
      silent("a.1 h-2", "fault", { faultCode: 6, message: "SHUTDOWN_STATE" }),
      silent("a.2 h-3"),
      silent("a.3 h-4", "fault", { faultCode: 1, message: "UNKNOWN_METHOD" }),
    ]
    const heads = text(views)
      .split("\n")
      .filter(line => line.startsWith("UNREACHABLE"))
    expect(heads).toEqual(["UNREACHABLE  h-[1,3]", "UNREACHABLE  h-2", "UNREACHABLE  h-4"])
  })

  test("never shows a host that does not answer as STOPPED", () => {
    expect(text([silent("web.0 web-01", "timeout")])).not.toMatch(/STOPPED|RUNNING/)
  })

  test("keeps host, task and state on a narrow terminal", () => {
    const views = [seen("web.0 web-01", { state: "FATAL", spawnerr: "a very long story" })]
    expect(statusText(statusReport(clusterOf([]), views), PLAIN, 30).slice(0, 2)).toEqual([
      "HOST    TASK   STATE  VERSION",
      "web-01  web.0  FATAL  -",
    ])
  })

  test("names what runs and is no longer in the file, equal programs together", () => {
    const orphans = ["web-01", "web-02"].map(host => ({ host, program: "shop.test.cache.0" }))
    const report = statusReport(clusterOf([]), [seen("web.0 web-01", {})], orphans)
    expect(report).toMatchObject({ ok: true, orphans })
    expect(statusText(report, PLAIN, WIDE).slice(-2)).toEqual([
      "no longer in the file (minos deploy --prune removes them):",
      "  shop.test.cache.0 on web-[01-02]",
    ])
  })

  test("repeats in colour what the words say", () => {
    const palette: Palette = { ...PLAIN, good: text => `+${text}+`, bad: text => `!${text}!` }
    const lines = statusText(
      statusReport(clusterOf([]), [seen("a.0 h", {}), seen("a.1 h", { state: "FATAL" })]),
      palette,
      WIDE,
    )
    expect(lines.slice(1, 3).map(line => /[+!]\w+ *[+!]/.exec(line)?.[0])).toEqual(["+RUNNING+", "!FATAL  !"])
  })
})

test.each([
  [0, "0:00:00"],
  [59.9, "0:00:59"],
  [62, "0:01:02"],
  [3_600, "1:00:00"],
  [86_399, "23:59:59"],
  [86_400 * 3 + 14_706, "3d 4:05:06"],
  [-5, "0:00:00"],
])("%d seconds are %s", (seconds, shown) => {
  expect(uptime(seconds)).toBe(shown)
})

function text(views: readonly TaskView[]): string {
  return statusText(statusReport(clusterOf([]), views), PLAIN, WIDE).join("\n")
}
