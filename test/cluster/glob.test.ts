import fc from "fast-check"
import { expect, test } from "vitest"
import { matchesGlob } from "../../src/cluster/glob.js"

test.each([
  ["*", "", true],
  ["*", "web", true],
  ["web-*", "web-01", true],
  ["web-*", "web", false],
  ["*-01", "web-01", true],
  ["w?b", "web", true],
  ["w?b", "wb", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-b-b", false],
  ["a.b", "axb", false],
  ["?", "", false],
])("%s on %s: %s", (glob, name, fits) => {
  expect(matchesGlob(glob, name)).toBe(fits)
})

test("says what a regular expression says", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), fc.stringMatching(/^[ab]{0,10}$/), (glob, name) => {
      const regex = new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`)
      expect(matchesGlob(glob, name)).toBe(regex.test(name))
    }),
  )
})

test("many stars on a long name do not make it slow", () => {
  expect(matchesGlob("*a".repeat(50), "a".repeat(49).padEnd(2_000, "b"))).toBe(false)
})
