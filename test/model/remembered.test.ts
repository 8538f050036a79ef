import { expect, test } from "vitest"
import { remembered } from "../../src/model/remembered.js"

test("what was made is given again, and never for another text", () => {
  const made: string[] = []
  const upper = remembered({ most: 2, longest: 3 }, text => {
    made.push(text)
    return text === "no" ? undefined : text.toUpperCase()
  })
  const asked = ["a", "a", "b", "a", "long", "long", "no", "no"]
  expect(asked.map(upper)).toEqual(["A", "A", "B", "A", "LONG", "LONG", undefined, undefined])
  expect(made).toEqual(["a", "b", "long", "long", "no", "no"])
  // More than two are not remembered.
  upper("c")
  upper("a")
  expect(made.slice(-2)).toEqual(["c", "a"])
})
