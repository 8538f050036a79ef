import { describe, expect, test } from "vitest"
import type { Outcome } from "../../src/model/outcome.js"
import { PLAIN } from "../../src/report/palette.js"
import { type RunEnding, runReport } from "../../src/report/report.js"
import { runText } from "../../src/report/run-text.js"
import { clusterOf } from "../support/fleet.js"
import { changed, failed, skipped, unchanged, unknown, unreachable } from "./outcomes.js"

describe("runText", () => {
  test("says in few lines that all went well", () => {
    expect(text([changed("web.0 web-01"), changed("web.1 web-02"), unchanged("web.2 fra-01 west")])).toBe(
      `
REGION  OUTCOME    TASKS  HOSTS
east    changed    2      web-[01-02]
west    unchanged  1      fra-01

restart shop/test: 3 planned: 2 changed, 1 unchanged in 1.2 s`.trim(),
    )
  })

  test("gathers equal failures under one head, with the log of one of them", () => {
    const evidence = {
      message: "the program does not stay up: FATAL",
      state: "FATAL",
      spawnError: "Exited too quickly",
      exitStatus: 7,
    } as const
    expect(
      text([
        changed("web.0 web-01"),
        failed("web.1 web-02", { ...evidence, stderr: ["no port", "bye"] }),
        failed("web.2 web-03", { ...evidence, stderr: ["no port at all"] }),
        skipped("web.3 web-04", "the run stopped after web.1 on web-02 went wrong"),
        skipped("web.4 fra-01 west", "the run stopped after web.1 on web-02 went wrong"),
      ]),
    ).toBe(
      `
REGION  OUTCOME  TASKS  HOSTS
east    changed  1      web-01
east    failed   2      web-[02-03]
east    skipped  1      web-04
west    skipped  1      fra-01

failed  web.[1-2] on web-[02-03] (2 tasks)
  the program does not stay up: FATAL
  spawn error: Exited too quickly; exit status 7
  the last lines it wrote on web-02:
  | no port
  | bye

skipped  web.[3-4] on web-04,fra-01 (2 tasks)
  the run stopped after web.1 on web-02 went wrong

restart shop/test: 5 planned: 1 changed, 2 failed, 2 skipped in 1.2 s
next: mend it, then minos restart again`.trim(),
    )
  })

  test("tells a host that was never reached from one whose outcome is unknown", () => {
    expect(text([unreachable("web.0 web-01", "timeout"), unknown("web.1 web-02", "timeout")])).toBe(
      `
REGION  OUTCOME      TASKS  HOSTS
east    unreachable  2      web-[01-02]

unreachable  web.0 on web-01
  it is timeout (http://web-01:9001)
  mend timeout

unreachable (outcome unknown)  web.1 on web-02
  it is timeout (http://web-02:9001)
  a change was sent before the answers ended; minos status shows what became of it
  mend timeout

restart shop/test: 2 planned: 2 unreachable in 1.2 s
next: minos status, when the hosts answer again; running this again is safe`.trim(),
    )
  })

  test("shows the hint of a failure, and how its program ended", () => {
    const lines = text([failed("web.0 web-01", { message: "it broke", hint: "mend it", exitStatus: -1 })])
    expect(lines).toContain("failed  web.0 on web-01\n  it broke\n  ended by a signal\n  mend it\n")
  })

  test("says why it did not begin", () => {
    const lines = text([unreachable("web.0 web-01"), skipped("web.1 web-02", "nothing was touched")], {
      refused: "nothing was touched: 1 host cannot be asked",
    })
    expect(lines).toContain("\nnothing was touched: 1 host cannot be asked\nrestart shop/test: 2 planned")
  })

  test("says why it halted, how many were put back, and why nobody watched", () => {
    const lines = text(
      [
        changed("web.0 web-01", "put back: RUNNING, pid 72"),
        failed("web.1 web-02", { message: "it broke", hint: "put back: RUNNING, pid 73" }),
        skipped("web.2 web-03", "the run stopped after web.1 on web-02 went wrong"),
      ],
      {
        command: "deploy",
        halted: "the run stopped after web.1 on web-02 went wrong",
        reverted: 2,
        hookFailures: ["the hook onFinish failed: exit status 1"],
        reason: "an outage",
      },
    )
    expect(lines.split("\n").slice(-6)).toEqual([
      "halted: the run stopped after web.1 on web-02 went wrong",
      "put back: 2 tasks",
      "the hook onFinish failed: exit status 1",
      "not watched, because: an outage",
      "deploy shop/test: 3 planned: 1 changed, 1 failed, 1 skipped in 1.2 s",
      "next: mend it, then minos deploy again",
    ])
  })

  test.each<[string, readonly Outcome[], Partial<RunEnding>, string]>([
    [
      "a failed deploy that stands: a rollback",
      [failed("web.0 web-01")],
      { command: "deploy", halted: "why" },
      "mend it and deploy again, or go back: minos rollback --task NAME",
    ],
    [
      "a failed rollback",
      [failed("web.0 web-01")],
      { command: "rollback" },
      "mend it, then minos rollback again",
    ],
    [
      "a refusal for dead hosts",
      [unreachable("web.0 web-01")],
      { refused: "why" },
      "mend what is named above, or leave dead hosts out with --skip-unreachable N",
    ],
    [
      "any other refusal",
      [skipped("web.0 web-01")],
      { refused: "why" },
      "mend what is named above and run it again",
    ],
    [
      "an unknown outcome before all else",
      [unknown("web.0 web-01"), failed("web.1 web-02")],
      { command: "deploy", halted: "why" },
      "minos status, when the hosts answer again; running this again is safe",
    ],
  ])("says what to do after %s", (_, outcomes, ending, next) => {
    expect(text(outcomes, ending).split("\n").at(-1)).toBe(`next: ${next}`)
  })

  test.each([
    [1, "started anew 1 time"],
    [3, "started anew 3 times"],
  ])("says how often a program was started anew: %i", (restarts, words) => {
    expect(text([failed("web.0 web-01", { message: "it broke", restarts })]).split("\n")).toContain(
      `  ${words}`,
    )
  })

  test("says that it was interrupted", () => {
    expect(text([skipped("web.0 web-01")], { interruptedBy: "interrupted" })).toMatch(
      /1 planned: 1 skipped in 1.2 s \(interrupted\)\nnext: minos restart again for what was skipped$/,
    )
  })

  test("lets no control character of a host reach the terminal", () => {
    const evidence = { message: "\x1b[2J", spawnError: "\x1b[2J", stderr: ["\x1b[2J\r"], hint: "\x1b[2J" }
    const halted = "\x1b[2J"
    expect(text([failed("web.0 web-01", evidence)], { halted, reason: halted })).not.toMatch(/[\x1b\r]/)
  })

  test("says that there was nothing to do", () => {
    expect(text([])).toContain("restart shop/test: nothing to do in 1.2 s")
  })
})

function text(outcomes: readonly Outcome[], ending: Partial<RunEnding> = {}): string {
  const report = runReport(clusterOf([]), outcomes, {
    command: "restart",
    operation: "r-20261122-101500-x7f2",
    seconds: 1.234,
    ...ending,
  })
  return runText(report, PLAIN, 80).join("\n")
}
