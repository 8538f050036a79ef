import { describe, expect, test } from "vitest"
import { isUnfinished, pastRun, priorsOf } from "../../src/journal/past-run.js"
import type { RunRecordLine, Written } from "../../src/journal/record.js"
import { began, change, ended, outcome } from "./lines.js"

const RESUMED: RunRecordLine = { kind: "resumed", who: "ann", from: "desk", pid: 2, born: "", argv: [] }

describe("what a run had done to a task", () => {
  test.each<[string, readonly RunRecordLine[], object | undefined]>([
    ["not begun", [], undefined],
    ["prepared only", [change("web.0", "prepare"), outcome("web.0", "changed", "prepare")], undefined],
    ["sent, perhaps", [change("web.0")], { kind: "open", attempt: 1 }],
    ["changed", [change("web.0"), outcome("web.0", "changed")], { kind: "done", attempt: 2 }],
    ["right already", [outcome("web.0", "unchanged")], { kind: "done", attempt: 1 }],
    ["failed", [change("web.0"), outcome("web.0", "failed")], { kind: "undone", attempt: 2 }],
    [
      "failed while it was watched",
      [change("web.0"), outcome("web.0", "changed"), outcome("web.0", "failed")],
      { kind: "undone", attempt: 2 },
    ],
    ["not sent", [change("web.0"), outcome("web.0", "unreachable")], { kind: "undone", attempt: 1 }],
    ["unknown", [change("web.0"), unknown("web.0")], { kind: "open", attempt: 1 }],
    ["skipped", [outcome("web.0", "skipped")], { kind: "undone", attempt: 1 }],
    [
      "open, and skipped by the part after it",
      [change("web.0"), RESUMED, outcome("web.0", "skipped")],
      { kind: "open" },
    ],
    [
      "open twice: what was read first holds",
      [change("web.0", "restart", 7), RESUMED, change("web.0", "restart", 9)],
      { kind: "open", before: [{ pid: 7 }] },
    ],
    [
      "open again after it failed: what was read then holds",
      [change("web.0", "restart", 7), outcome("web.0", "failed"), change("web.0", "restart", 9)],
      { kind: "open", attempt: 2, before: [{ pid: 9 }] },
    ],
  ])("%s", (_, lines, expected) => {
    const prior = priorsOf(written([began(["web.0"]), ...lines])).get("web.0")
    if (expected) expect(prior).toMatchObject(expected)
    else expect(prior).toBeUndefined()
  })
})

describe("a run by its journal", () => {
  test.each<[string, readonly RunRecordLine[], string]>([
    ["waiting", [], "waiting"],
    ["prepared", [change("web.0", "prepare"), outcome("web.0", "changed", "prepare")], "waiting"],
    ["could not be prepared", [change("web.0", "prepare"), outcome("web.0", "failed", "prepare")], "failed"],
    ["may have been changed", [change("web.0")], "unknown"],
    ["changed", [change("web.0"), outcome("web.0", "changed")], "changed"],
    ["sent and not answered", [change("web.0"), unknown("web.0")], "unknown"],
    ["unknown, and passed over", [change("web.0"), RESUMED, outcome("web.0", "skipped")], "unknown"],
  ])("says of a task that it is %s", (_, lines, state) => {
    expect(pastRun(written([began(["web.0"]), ...lines])).tasks[0]).toMatchObject({ task: "web.0", state })
  })

  test.each<[string, readonly RunRecordLine[], boolean]>([
    ["that was cut short", [change("web.0")], true],
    ["that has ended", [ended(0)], false],
    ["that was interrupted", [ended(2)], true],
    ["that was taken up and cut short again", [ended(2), RESUMED], true],
    ["that was taken up and has ended", [ended(2), RESUMED, ended(0)], false],
    ["that put everything back", [{ kind: "reverting", tasks: 1 }, ended(2)], false],
  ])("%s is unfinished or not", (_, lines, expected) => {
    expect(isUnfinished(pastRun(written([began(["web.0"]), ...lines])))).toBe(expected)
  })

  test("is at the hands of whoever took it up last", () => {
    expect(pastRun(written([began([]), RESUMED]))).toMatchObject({ parts: 2, actor: { pid: 2 } })
  })

  test("that does not begin as one is none", () => {
    expect(() => pastRun(written([ended(0)]))).toThrow("record 1 is no beginning of a run")
  })
})

function unknown(task: string): RunRecordLine {
  return { ...outcome(task, "unreachable"), unknown: true }
}

function written(lines: readonly RunRecordLine[]): readonly Written<RunRecordLine>[] {
  return lines.map((line, n) => ({ ...line, seq: n + 1, time: `2026-11-22T10:00:0${n}.000Z`, hash: "" }))
}
