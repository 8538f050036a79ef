import { describe, expect, test } from "vitest"
import { allText, type Called, failureText, rpcReport, valueText } from "../../src/cli/raw-call.js"
import type { Reason } from "../../src/model/failure.js"
import { PLAIN } from "../../src/report/palette.js"
import { failure } from "../report/outcomes.js"

const answered = (name: string): Called => ({ name, region: "east", ok: true, value: 8 })
const without = (name: string, reason: Reason): Called => ({
  name,
  region: "east",
  ok: false,
  failure: failure(reason),
})

describe("a raw call", () => {
  test.each<[string, readonly Called[], number]>([
    ["all answered", [answered("a"), answered("b")], 0],
    ["one with a fault", [answered("a"), without("b", "fault")], 3],
    ["one not at all", [answered("a"), without("b", "timeout")], 4],
    ["one with a fault and one not at all", [without("a", "refused"), without("b", "fault")], 3],
    ["no password was right", [answered("a"), without("b", "unauthorized")], 5],
    ["a wrong password and a dead host", [without("a", "unauthorized"), without("b", "refused")], 4],
  ])("that %s exits so", (_, answers, exitCode) => {
    expect(rpcReport("pow", answers)).toMatchObject({ method: "pow", ok: exitCode === 0, exitCode })
  })
})

test("a value is shown as JSON that cannot act on a terminal", () => {
  expect(valueText({ text: "\x1b[2J\x9b2J" })).toEqual(["{", '  "text": "\\u001b[2J\\x9b2J"', "}"])
})

test("many answers are one object, by target", () => {
  expect(JSON.parse(allText([answered("a"), without("b", "refused")]).join("\n"))).toEqual({
    a: { value: 8 },
    b: { failure: failure("refused") },
  })
})

test("a failure is said with what to do", () => {
  expect(failureText(failure("refused"), PLAIN)).toEqual(["it is refused", "  mend refused"])
})
