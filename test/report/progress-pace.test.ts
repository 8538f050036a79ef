import { expect, test } from "vitest"
import { afterCompletion, type Pace, paceFrom, rateOf } from "../../src/report/progress-pace.js"

test.each<[string, readonly number[], number, number | undefined]>([
  ["nothing", [], 10_000, undefined],
  ["a single one", [500], 10_000, undefined],
  ["too short a time", [100, 200, 300], 900, undefined],
  ["two in two seconds", [1_000, 2_000], 2_000, 1],
  ["40 a second", every(25, 4_000), 4_000, 40],
  ["the same after an hour", every(25, 3_600_000), 3_600_000, 40],
  ["a slow rollout: one each minute", every(60_000, 600_000), 600_000, 1 / 60],
  ["a rate that falls while nothing comes", every(60_000, 600_000), 900_000, 5 / 600],
  [
    "the last 200 only, and the time before them",
    [...every(1, 800), ...from(800, every(20, 4_000))],
    4_800,
    50,
  ],
  [
    "a burst after a long pause, by the last 30 s",
    [1, 2, ...from(100_000, every(1_000, 30_000))],
    130_000,
    1,
  ],
])("%s", (_, ends, now, rate) => {
  const measured = rateOf(paceOf(ends), now)
  if (rate === undefined) expect(measured).toBeUndefined()
  else expect(measured).toBeCloseTo(rate, 1)
})

function paceOf(ends: readonly number[]): Pace {
  return ends.reduce(afterCompletion, paceFrom(0))
}

function every(step: number, until: number): readonly number[] {
  return Array.from({ length: until / step }, (_, n) => (n + 1) * step)
}

function from(start: number, times: readonly number[]): readonly number[] {
  return times.map(time => start + time)
}
