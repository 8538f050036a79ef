import { expect, test } from "vitest"
import { shownDiff } from "../../src/report/shown-diff.js"

const x = (count: number) => "x".repeat(count)

test.each<[string, readonly string[], readonly string[]]>([
  ["short ones stay", ["- startsecs: 1", "+ startsecs: 2"], ["- startsecs: 1", "+ startsecs: 2"]],
  ["a long one without another stays", [`+ env A: ${x(90)}`], [`+ env A: ${x(90)}`]],
  [
    "long ones are cut around their difference",
    [`- command: ${x(300)}1${x(300)}`, `+ command: ${x(300)}2`],
    [`- command: ...${x(30)}1${x(12)}...`, `+ command: ...${x(30)}2`],
  ],
  [
    "at their start they are cut behind only",
    [`- command: 1${x(300)}`, "+ command: 2"],
    [`- command: 1${x(45)}...`, "+ command: 2"],
  ],
  [
    "lines of a file go in pairs",
    ["- a | 1", `- a | ${x(100)}1`, "+ a | 2", `+ a | ${x(100)}2`],
    ["- a | 1", `- a | ...${x(30)}1`, "+ a | 2", `+ a | ...${x(30)}2`],
  ],
])("for a narrow terminal %s", (_, lines, shown) => {
  expect(shownDiff(lines, 60)).toEqual(shown)
})
