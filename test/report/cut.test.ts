import { expect, test } from "vitest"
import { cut } from "../../src/report/cut.js"

test.each([
  ["what fits stays", "eu-117", 6, "eu-117"],
  ["what does not is cut", "eu-117 web.3", 9, "eu-117..."],
  ["a blank before the cut goes", "eu-117 web.3", 10, "eu-117..."],
  ["wide characters count twice", "北京上海", 7, "北京..."],
  ["there is no room for the dots", "eu-117", 3, "eu-"],
  ["there is no room at all", "eu-117", 0, ""],
  ["a colour takes no room", "\x1b[31mbad\x1b[39m", 3, "\x1b[31mbad\x1b[39m"],
  ["a colour is not cut in half", "\x1b[31mfailed\x1b[39m", 5, "fa..."],
  ["without limit all stays", "eu-117", Number.POSITIVE_INFINITY, "eu-117"],
])("%s", (_, text, width, expected) => {
  expect(cut(text, width)).toBe(expected)
})
