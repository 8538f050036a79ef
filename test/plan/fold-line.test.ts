import fc from "fast-check"
import { expect, test } from "vitest"
import { foldLine } from "../../src/plan/fold-line.js"

test.each<[string, readonly string[]]>([
  ["command: run", ["command: run"]],
  [`command: ${"x".repeat(1_000)}`, [`command: ${"x".repeat(991)}`, `command (2): ${"x".repeat(9)}`]],
  [`a/b | ${"x".repeat(1_000)}`, [`a/b | ${"x".repeat(994)}`, `a/b | (2) ${"x".repeat(6)}`]],
  // No half of a character.
  [`c: ${"x".repeat(996)}\u{1f600}`, [`c: ${"x".repeat(996)}`, "c (2): \u{1f600}"]],
])("a long line goes on in another: %#", (line, parts) => {
  expect(foldLine(line)).toEqual(parts)
})

test("lines differ where their parts do", () => {
  const line = fc
    .tuple(fc.nat(30_000), fc.constantFrom("a", "b"), fc.nat(2_000))
    .map(([before, letter, after]) => `env A: ${"x".repeat(before)}${letter}${"y".repeat(after)}`)
  fc.assert(
    fc.property(line, line, (a, b) => {
      const [left, right] = [foldLine(a), foldLine(b)]
      expect(left.join("\n") === right.join("\n")).toBe(a === b)
      for (const part of left) expect(part.length).toBeLessThanOrEqual(1_000)
      expect(left.length).toBeLessThanOrEqual(20)
    }),
    { numRuns: 50 },
  )
})
