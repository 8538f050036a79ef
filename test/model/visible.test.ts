import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { firstUnprintable, oneLine, printable, visible } from "../../src/model/visible.js"

describe("visible", () => {
  test.each([
    ["plain text, ümläut, 中文 and 🙂", "plain text, ümläut, 中文 and 🙂"],
    ["two\nlines\tand a tab", "two\nlines\tand a tab"],
    ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
    ["over\rwritten", "over\\rwritten"],
    ["back\bspace, bell\x07, delete\x7f", "back\\x08space, bell\\x07, delete\\x7f"],
    ["C1 \x9b31m", "C1 \\x9b31m"],
    ["turned \u202eround\u2066", "turned \\u202eround\\u2066"],
    ["\ufeffmark", "\\ufeffmark"],
    ["half \ud83d of a pair", "half \\ud83d of a pair"],
  ])("%j is shown as %j", (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  test("lets no control character pass, and changes nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), text => {
        expect(visible(text)).not.toMatch(/[^\P{Cc}\n\t]/u)
        expect(visible(visible(text))).toBe(visible(text))
      }),
      { seed: 3 },
    )
  })
})

test.each([
  ["two\nlines\tand a tab", "two\\nlines\\tand a tab"],
  ["\x1b[2J", "\\x1b[2J"],
])("oneLine shows %j as %j", (text, shown) => {
  expect(oneLine(text)).toBe(shown)
})

test.each([
  ["short", "short"],
  ["http://user:pass@host/x", "http://...@host/x"],
  ["a".repeat(90), `${"a".repeat(80)}...`],
  ["a\nb", "a\\nb"],
])("printable shows %j as %j", (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test.each([
  ["web-01", undefined],
  ["a\tb\n", "\\t"],
  ["a\x1bb", "\\x1b"],
])("the first unprintable of %j is %j", (text, first) => {
  expect(firstUnprintable(text)).toBe(first)
})
