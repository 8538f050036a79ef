import { expect, test } from "vitest"
import { type Goal, judged, notMeasured } from "../../bench/line.js"
import type { Run } from "../../bench/measure/command.js"
import { inTurn } from "../../bench/measure/in-turn.js"
import { busySeconds } from "../../bench/measure/load.js"
import { median } from "../../bench/measure/sample.js"
import { benchOptions } from "../../bench/options.js"
import { linesTable } from "../../bench/report.js"

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 2, 9], 3],
])("the median of %j is %d", (numbers, middle) => {
  expect(median(numbers)).toBe(middle)
})

test.each([
  [0.5, {}, "stretch"],
  [0.8, {}, "reached"],
  [1.1, {}, "missed"],
  [1.1, { more: true }, "stretch"],
  [0.7, { more: true, stretch: 0.9, limit: 0.7 }, "reached"],
  [0.6, { more: true, stretch: 0.9, limit: 0.7 }, "missed"],
] as const)("a figure of %d for %j is %s", (figure, more, kind) => {
  const goal: Goal = { limit: 1, stretch: 0.7, write: String, ...more }
  expect(judged(figure, goal).verdict).toEqual({ kind })
})

test("a line that could not be measured says why", () => {
  const goal: Goal = { limit: 1, write: n => `${n} x` }
  expect(linesTable([notMeasured("serving", goal, "no nginx")]).split("\n")[2]).toBe(
    "| serving |  |  |  | 1 x |  | not measured: no nginx |",
  )
})

test("the busy seconds of a machine leave out what it waited", () => {
  expect(busySeconds("cpu  100 200 300 9999 9999 40 60 9999\ncpu0 1 2 3")).toBe(7)
})

test.each([
  { others: [0, 0, 0, 0], taken: 2, kept: [0, 0] },
  { others: [0.5, 0, 0, 0], taken: 3, kept: [0, 0] },
  { others: [0, 0.5, 0.4, 0.3], taken: 4, kept: [0, 0.3] },
  { others: [0.5, 0.4, 0, 0], taken: 2, kept: [0.4, 0.5] },
])(
  "of rounds with $others taken by others $taken are made and $kept kept",
  async ({ others, taken, kept }) => {
    let made = 0
    const run = async (): Promise<Run> => ({
      start: 0,
      wall: 1,
      cpu: 1,
      rss: 1,
      stdout: "",
      others: others[made++]!,
    })
    const { it } = await inTurn(2, { it: run })
    expect(it.runs.map(one => one.others)).toEqual(kept)
    expect(made).toBe(taken)
  },
)

test("names and rounds come from the command line", () => {
  expect(benchOptions(["start", "--runs", "3"], ["start"])).toEqual({
    rounds: 3,
    names: ["start"],
    list: false,
    slowTo: undefined,
  })
  expect(benchOptions(["--slow-to", "122"], []).slowTo).toBe(122)
  expect(() => benchOptions(["--slow-to", "fast"], [])).toThrow("--slow-to: expected")
  expect(() => benchOptions(["strat"], ["start"])).toThrow("There are: start")
  expect(() => benchOptions(["--runs", "0"], [])).toThrow("--runs: expected")
})
