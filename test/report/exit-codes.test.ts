import { describe, expect, test } from "vitest"
import type { Outcome, TaskView } from "../../src/model/outcome.js"
import { EXIT_CODES, type ExitName, exitOfOutcomes, exitOfViews } from "../../src/report/exit-codes.js"
import {
  changed,
  failed,
  missing,
  seen,
  silent,
  skipped,
  unchanged,
  unknown,
  unreachable,
} from "./outcomes.js"

const denied = unreachable("c h", "unauthorized")

test("the codes are fixed for ever", () => {
  const codes = Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code])
  expect(Object.fromEntries(codes)).toEqual({
    ok: 0,
    bug: 1,
    usage: 2,
    failed: 3,
    unreachable: 4,
    denied: 5,
    locked: 6,
    precondition: 7,
    deadline: 8,
    halted: 9,
    changes: 10,
    interrupted: 130,
    terminated: 143,
  })
})

describe("a run with", () => {
  test.each<[string, readonly Outcome[], boolean, ExitName]>([
    ["nothing to do", [], false, "ok"],
    ["all changed", [changed("a h"), unchanged("b h")], false, "ok"],
    ["one failed", [changed("a h"), failed("b h")], false, "failed"],
    ["one unreachable", [changed("a h"), unreachable("b h")], false, "unreachable"],
    ["one unknown", [changed("a h"), unknown("b h")], false, "unreachable"],
    ["one failed and one unreachable", [unreachable("a h"), failed("b h")], false, "failed"],
    ["one failed and the rest skipped", [failed("a h"), skipped("b h")], false, "failed"],
    ["a refused password", [changed("a h"), denied], false, "denied"],
    ["a refused password and a dead host", [denied, unreachable("b h")], false, "unreachable"],
    ["a refused password and a failure", [denied, failed("b h")], false, "failed"],
    ["a check that failed before it", [unreachable("a h"), skipped("b h")], true, "precondition"],
    ["a task that is missing before it", [failed("a h"), skipped("b h")], true, "precondition"],
    ["only refused passwords before it", [denied, skipped("b h")], true, "denied"],
    ["only skipped before it", [skipped("a h")], true, "precondition"],
  ])("%s", (_, outcomes, refused, exit) => {
    expect(exitOfOutcomes(outcomes, refused)).toBe(exit)
  })
})

describe("a look that sees", () => {
  test.each<[string, readonly TaskView[], ExitName]>([
    ["all RUNNING", [seen("a h", {}), seen("b h", {}, {})], "ok"],
    ["one STARTING", [seen("a h", {}), seen("b h", { state: "STARTING" })], "failed"],
    ["one process of a group STOPPED", [seen("a h", {}, { state: "STOPPED" })], "failed"],
    ["one missing", [seen("a h", {}), missing("b h")], "failed"],
    ["a dead host", [seen("a h", {}), silent("b h")], "unreachable"],
    ["a dead host and one STOPPED", [silent("a h"), seen("b h", { state: "STOPPED" })], "failed"],
    ["a refused password", [seen("a h", {}), silent("b h", "unauthorized")], "denied"],
    ["a refused password and a dead host", [silent("a h"), silent("b h", "unauthorized")], "unreachable"],
  ])("%s", (_, views, exit) => {
    expect(exitOfViews(views)).toBe(exit)
  })
})
