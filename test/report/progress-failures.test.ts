import { expect, test } from "vitest"
import { type Bad, failureLines } from "../../src/report/progress-failures.js"
import { failed, unknown, unreachable } from "./outcomes.js"

const digest = { message: "E_PKG_SHA256 digest differs" }

test.each<[string, readonly ReturnType<typeof failed>[], readonly string[]]>([
  ["nothing", [], []],
  ["a single one, with its task", [failed("web.2 web-03")], ["failed web-03 web.2: it broke"]],
  [
    "8 equal ones, in whatever order they came",
    [44, 17, 19, 18, 20, 23, 22, 21].map(n => failed(`web.${n} eu-web-0${n}`, digest)),
    ["failed eu-web-[017-023,044] (8): E_PKG_SHA256 digest differs"],
  ],
  [
    "two causes",
    [failed("a.0 x-1"), unreachable("a.1 x-2"), failed("a.2 x-3")],
    ["failed x-[1,3] (2): it broke", "unreachable x-2 a.1: it is refused"],
  ],
  ["several tasks of one host", [failed("a.0 x-1"), failed("a.1 x-1")], ["failed x-1 (2): it broke"]],
  ["an unknown outcome", [unknown("a.0 x-1")], ["unreachable (outcome unknown) x-1 a.0: it is timeout"]],
  [
    "text from elsewhere",
    [failed("a.0 x-1", { message: "one\ntwo \x1b[1m http://joe:pa55@x" })],
    ["failed x-1 a.0: one\\ntwo \\x1b[1m http://...@x"],
  ],
] as readonly [string, any, readonly string[]][])("%s", (_, outcomes, lines) => {
  expect(failureLines(outcomes as readonly Bad[])).toEqual(lines)
})

test("a line is never longer than a few lines of a screen", () => {
  const odd = Array.from({ length: 2_000 }, (_, n) =>
    failed(`a.${n} x-${2 * n}`, { message: "no".repeat(5_000) }),
  )
  const [line = ""] = failureLines(odd as readonly Bad[])
  expect(line.length).toBeLessThan(500)
  expect(line).toContain("... (2000): nono")
})
