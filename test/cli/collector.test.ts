import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { createCollector } from "../../src/cli/collector.js"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test("what comes within the time of the first is told together, once", () => {
  const told: (readonly number[])[] = []
  const collector = createCollector<number>(500, items => told.push(items))
  collector.add(1)
  vi.advanceTimersByTime(499)
  collector.add(2)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual([[1, 2]])
  collector.add(3)
  vi.advanceTimersByTime(500)
  expect(told).toEqual([[1, 2], [3]])
})

test("a flush tells at once what there is, and nothing when there is nothing", () => {
  const told: (readonly number[])[] = []
  const collector = createCollector<number>(500, items => told.push(items))
  collector.flush()
  collector.add(1)
  collector.flush()
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([[1]])
})
