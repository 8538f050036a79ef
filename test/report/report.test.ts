import { expect, test } from "vitest"
import { OUTCOME_KINDS } from "../../src/model/outcome.js"
import { runReport, statusReport } from "../../src/report/report.js"
import { clusterOf } from "../support/fleet.js"
import { changed, failed, missing, seen, silent, skipped, unknown, unreachable } from "./outcomes.js"

const ending = { command: "stop", operation: "s-1", seconds: 2.06 }

test("the counts of a run add up to what was planned", () => {
  const outcomes = [changed("a h"), failed("b h"), unreachable("c h"), unknown("d h"), skipped("e h")]
  const { counts } = runReport(clusterOf([]), outcomes, ending)
  expect(counts).toEqual({ planned: 5, changed: 1, unchanged: 0, failed: 1, unreachable: 2, skipped: 1 })
  expect(OUTCOME_KINDS.reduce((sum, kind) => sum + counts[kind], 0)).toBe(counts.planned)
})

test.each([
  ["all well", {}, [changed("a h")], { ok: true, exitCode: 0 }],
  ["a failure", {}, [failed("a h")], { ok: false, exitCode: 3 }],
  ["a refusal", { refused: "why" }, [skipped("a h")], { ok: false, exitCode: 7, refused: "why" }],
  [
    "Ctrl-C, also when something failed",
    { interruptedBy: "interrupted" },
    [failed("a h")],
    { ok: false, exitCode: 130, interrupted: true },
  ],
  [
    "a halt, whatever else went wrong",
    { halted: "why" },
    [failed("a h"), unreachable("b h")],
    { ok: false, exitCode: 9, halted: "why" },
  ],
  ["a halt without a failure", { halted: "a gate is shut" }, [skipped("a h")], { ok: false, exitCode: 9 }],
  [
    "a halt after which all was put back",
    { halted: "why", reverted: 2 },
    [failed("a h"), changed("b h")],
    { ok: false, exitCode: 9, reverted: 2 },
  ],
  [
    "Ctrl-C after a halt",
    { halted: "why", interruptedBy: "interrupted" },
    [failed("a h")],
    { exitCode: 130, halted: "why", interrupted: true },
  ],
  [
    "SIGTERM after a halt",
    { halted: "why", interruptedBy: "terminated" },
    [failed("a h")],
    { exitCode: 143 },
  ],
  ["a reason for haste", { reason: "an outage" }, [changed("a h")], { exitCode: 0, reason: "an outage" }],
  [
    "a hook that failed afterwards",
    { hookFailures: ["the hook onFinish failed"] },
    [changed("a h")],
    { exitCode: 0, hookFailures: ["the hook onFinish failed"] },
  ],
  ["SIGTERM", { interruptedBy: "terminated" }, [changed("a h")], { exitCode: 143, interrupted: true }],
] as const)("a run that ends with %s", (_, how, outcomes, expected) => {
  const report = runReport(clusterOf([]), outcomes, { ...ending, ...how })
  expect(report).toMatchObject({ schema: 1, command: "stop", service: "shop", cluster: "test", seconds: 2.1 })
  expect(report).toMatchObject(expected)
})

test("a run has no members for what did not happen", () => {
  const report = runReport(clusterOf([]), [changed("a h")], {
    ...ending,
    refused: undefined,
    halted: undefined,
    reverted: undefined,
    hookFailures: undefined,
    reason: undefined,
    interruptedBy: undefined,
  })
  expect(Object.keys(report)).toEqual([
    "schema",
    "command",
    "service",
    "cluster",
    "ok",
    "exitCode",
    "operation",
    "seconds",
    "counts",
    "outcomes",
  ])
})

test("the counts of a look add up to its tasks", () => {
  const views = [
    seen("a h", {}),
    seen("b h", {}, { state: "FATAL" }),
    missing("c h"),
    silent("d h"),
    seen("e h", { state: "STARTING" }),
  ]
  const { counts, ok, exitCode } = statusReport(clusterOf([]), views)
  expect(counts).toEqual({ tasks: 5, running: 1, wrong: 3, unreachable: 1 })
  expect({ ok, exitCode }).toEqual({ ok: false, exitCode: 3 })
})
