import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { deadline } from "../../src/rpc/deadline.js"

let now = 0
beforeEach(() => {
  now = 0
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate"] })
  vi.spyOn(performance, "now").mockImplementation(() => now)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** Time goes on, and the timers are as late as the work of this process made them. */
function pass(milliseconds: number, late = 0): void {
  now += milliseconds + late
  vi.advanceTimersByTime(milliseconds)
}

test("what came in time is given one more turn of the loop", () => {
  let passed = 0
  const answered = deadline(100, () => passed++)
  pass(100)
  // In this turn the answer is read.
  answered()
  vi.runAllTimers()
  expect(passed).toBe(0)
})

test("a deadline passes once", () => {
  let passed = 0
  deadline(100, () => passed++)
  pass(99)
  expect(passed).toBe(0)
  pass(2)
  vi.runAllTimers()
  expect(passed).toBe(1)
})

test("the time by which a timer was late is added, once", () => {
  let passed = 0
  deadline(100, () => passed++)
  pass(100, 400)
  pass(399)
  expect(passed).toBe(0)
  pass(2, 400)
  pass(1)
  expect(passed).toBe(1)
})

test("a deadline that was taken back never passes", () => {
  let passed = 0
  const takeBack = deadline(100, () => passed++)
  takeBack()
  pass(1_000)
  vi.runAllTimers()
  expect(passed).toBe(0)
})
