import fc from "fast-check"
import stringWidth from "string-width"
import { describe, expect, test } from "vitest"
import { type Column, table } from "../../src/report/table.js"

const columns: readonly Column<readonly string[]>[] = [
  { heading: "HOST", cell: row => row[0] ?? "" },
  { heading: "PID", cell: row => row[1] ?? "", dropAt: 1 },
  { heading: "NOTE", cell: row => row[2] ?? "", dropAt: 2 },
]
const rows = [
  ["web-01", "71", "fine"],
  ["db", "123456", ""],
]

describe("table", () => {
  test.each<[string, number, string]>([
    ["aligns its columns", 80, "HOST    PID     NOTE\nweb-01  71      fine\ndb      123456"],
    ["fits exactly", 20, "HOST    PID     NOTE\nweb-01  71      fine\ndb      123456"],
    ["drops the column with the highest number first", 19, "HOST    PID\nweb-01  71\ndb      123456"],
    ["drops further columns when it must", 13, "HOST\nweb-01\ndb"],
    ["never drops a column that has no number", 3, "HOST\nweb-01\ndb"],
    [
      "drops nothing where nobody looks",
      Number.POSITIVE_INFINITY,
      "HOST    PID     NOTE\nweb-01  71      fine\ndb      123456",
    ],
  ])("%s", (_, width, text) => {
    expect(table(columns, rows, width).join("\n")).toBe(text)
  })

  test("counts what a character takes on the screen", () => {
    expect(
      table(
        columns,
        [
          ["北京", "1"],
          ["web-01", "2"],
        ],
        80,
      ),
    ).toEqual(["HOST    PID  NOTE", "北京    1", "web-01  2"])
  })

  test("colours a cell without moving the next", () => {
    const loud = columns.map(column => ({ ...column, style: (text: string) => `<${text}>` }))
    expect(table(loud, [["db", "1", "x"]], 80, text => text.toLowerCase())).toEqual([
      "host  pid  note",
      "<db  >  <1  >  <x>",
    ])
  })

  test("is only a heading without rows", () => {
    expect(table(columns, [], 80)).toEqual(["HOST  PID  NOTE"])
  })

  test("never is wider than it may be while a column can go, and ends no line with a blank", () => {
    const cell = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b", "-", "北", "é") })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell)), fc.integer({ min: 1, max: 60 }), (rows, width) => {
        const lines = table(columns, rows, width)
        expect(lines).toHaveLength(rows.length + 1)
        const widest = Math.max(...lines.map(line => stringWidth(line)))
        if (lines[0] !== "HOST" && lines[0]?.includes("  ")) expect(widest).toBeLessThanOrEqual(width)
        for (const line of lines) expect(line).toBe(line.trimEnd())
      }),
      { seed: 5 },
    )
  })
})
