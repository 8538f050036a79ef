import { expect, test } from "vitest"
import { regionsAtOnce } from "../../../src/run/rollout/regions.js"
import { simulatedClock } from "../../support/simulated-clock.js"

const NEVER = new AbortController().signal

test.each<[limit: number, regions: string, begun: string]>([
  [1, "a b c", "a0 b10 c20"],
  [1, "a b a", "a0 a0 b10"],
  [2, "a b c", "a0 b0 c10"],
  [1, "a b b c", "a0 b10 b10 c20"],
  [3, "a b c d a", "a0 b0 c0 a0 d10"],
])("with %i at once, work of 10 ms in %s begins at %s", async (limit, regions, begun) => {
  const clock = simulatedClock()
  const gate = regionsAtOnce(limit)
  const began: string[] = []
  const work = (region: string) =>
    gate.in(region, async () => {
      began.push(`${region}${clock.now()}`)
      await clock.sleep(10, NEVER)
    })
  await Promise.all(regions.split(" ").map(work))
  expect(began.join(" ")).toBe(begun)
})

test("work that throws leaves its region to the next", async () => {
  const gate = regionsAtOnce(1)
  const bug = gate.in("a", () => Promise.reject(new Error("a bug")))
  const next = gate.in("b", () => Promise.resolve("done"))
  await expect(bug).rejects.toThrow("a bug")
  expect(await next).toBe("done")
})
