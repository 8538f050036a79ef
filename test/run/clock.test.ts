import { expect, test } from "vitest"
import { systemClock } from "../../src/run/clock.js"

test("a sleep ends at once when its signal fires, and when it has fired before", async () => {
  const controller = new AbortController()
  const day = 24 * 3_600_000
  const asleep = systemClock.sleep(day, controller.signal)
  controller.abort()
  await asleep
  await systemClock.sleep(day, controller.signal)
})

test("time only grows, and a sleep ends by itself", async () => {
  const before = systemClock.now()
  await systemClock.sleep(1, new AbortController().signal)
  expect(systemClock.now()).toBeGreaterThan(before)
})
