import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { countNames, fold, RangeSyntaxError, splitList, unfold } from "../../src/model/ranges.js"

describe("unfold", () => {
  test.each<[string, string[]]>([
    ["web", ["web"]],
    ["", [""]],
    ["web-[1-3]", ["web-1", "web-2", "web-3"]],
    ["web-[01-03]", ["web-01", "web-02", "web-03"]],
    ["web-[01-02,07]", ["web-01", "web-02", "web-07"]],
    ["web-[ 3 , 1 ]", ["web-3", "web-1"]],
    ["[1-2]", ["1", "2"]],
    ["[8-11].x", ["8.x", "9.x", "10.x", "11.x"]],
    ["[08-11]", ["08", "09", "10", "11"]],
    ["[98-101]", ["98", "99", "100", "101"]],
    ["[098-101]", ["098", "099", "100", "101"]],
    ["r[1-2]-n[1-2]", ["r1-n1", "r1-n2", "r2-n1", "r2-n2"]],
    ["10.0.3.[11-12]", ["10.0.3.11", "10.0.3.12"]],
    ["fd00::[1-2]", ["fd00::1", "fd00::2"]],
  ])("%s", (pattern, names) => {
    expect(unfold(pattern)).toEqual(names)
    expect(countNames(pattern)).toBe(names.length)
  })

  test.each([
    "a[",
    "a]",
    "a[]",
    "a[1",
    "a1]",
    "a[2-1]",
    "a[a-c]",
    "a[1-]",
    "a[-1]",
    "a[1,]",
    "a[[1]]",
    "a[1-03]",
    "a[001-10]",
    "a[1-1000000000000]",
    "a[1-9999999999999999]",
    "a[1-1000]-[1-1000]",
  ])("%s is refused at once", pattern => {
    expect(() => unfold(pattern)).toThrow(RangeSyntaxError)
  })
})

describe("fold", () => {
  test.each<[string[], string[]]>([
    [[], []],
    [["db-1"], ["db-1"]],
    [
      ["bj-01", "bj-02", "bj-03", "bj-07", "db-1"],
      ["bj-[01-03,07]", "db-1"],
    ],
    [["a1", "a3", "a2"], ["a[1,3,2]"]],
    [["a9", "a10", "a11"], ["a[9-11]"]],
    [["a09", "a10", "a100"], ["a[09-10,100]"]],
    [
      ["r1-n1", "r1-n2", "r2-n1"],
      ["r1-n[1-2]", "r2-n1"],
    ],
    [
      ["a", "b"],
      ["a", "b"],
    ],
    [
      ["a1", "b1"],
      ["a1", "b1"],
    ],
    [
      ["a1", "a1"],
      ["a1", "a1"],
    ],
    [["web.0", "web.1"], ["web.[0-1]"]],
    [
      ["a1234567890123456", "a1234567890123457"],
      ["a1234567890123456", "a1234567890123457"],
    ],
  ])("%j", (names, folded) => {
    expect(fold(names)).toEqual(folded)
  })

  const name = fc.oneof(
    fc.stringMatching(/^[a-b0-2.-]{1,6}$/),
    fc.stringMatching(/^(web|db)-(0?[0-9]|1[0-2])$/),
    fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,30}$/),
  )

  test("unfolds to the same names in the same order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(name), names => {
        expect(fold(names).flatMap(text => unfold(text))).toEqual(names)
        expect(splitList(fold(names).join(", ")).flatMap(text => unfold(text))).toEqual(names)
      }),
      { numRuns: 2_000 },
    )
  })

  test("folds what a range gave back into one text", () => {
    const digits = fc.tuple(fc.nat(500), fc.nat(300), fc.integer({ min: 1, max: 4 }))
    fc.assert(
      fc.property(digits, ([start, size, width]) => {
        const pad = (n: number) => String(n).padStart(width, "0")
        const names = unfold(`w-[${pad(start)}-${pad(start + size)}].x`)
        expect(names).toHaveLength(size + 1)
        expect(fold(names)).toHaveLength(1)
      }),
    )
  })
})

test("splitList splits outside of brackets only", () => {
  expect(splitList("bj-[01-03,07], db-1,,x ")).toEqual(["bj-[01-03,07]", "db-1", "x"])
  expect(splitList(" ")).toEqual([])
})
