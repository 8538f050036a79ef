import { expect, test } from "vitest"
import { agentClock } from "../../src/agent/agent-clock.js"
import { DEPLOYMENT_FAULT } from "../../src/model/deployment.js"
import { operationsBench } from "./operations-bench.js"

const SHOP = { service: "shop", cluster: "test" }
const HOUR = 3_600_000

/** A host whose clock says noon when the agent begins, and is set by `jump` afterwards. */
function host(jump: number) {
  const at = { wall: 43_200_000, steady: 5_000 }
  const clock = agentClock({ wall: () => at.wall, steady: () => at.steady })
  at.wall += jump
  const passes = (milliseconds: number): void => {
    at.wall += milliseconds
    at.steady += milliseconds
  }
  return { clock, passes }
}

test.each([
  ["goes on", 0],
  ["is set forward an hour", HOUR],
  ["is set back an hour", -HOUR],
  ["is set to 1970", -43_200_000],
])("a host's clock that %s changes nothing of what expires", async (_, jump) => {
  const { clock, passes } = host(jump)
  expect([clock.steady(), clock.wall()]).toEqual([43_200, 43_200 + jump / 1_000])
  const notAfter = clock.steady() + 60
  const running = await operationsBench({ now: clock.steady })
  const begin = async (op: string) => {
    const head = { op, notAfter, ifGeneration: -1, argsHash: "0".repeat(64) }
    const intent = { method: "control", cluster: SHOP, program: "web", args: {} } as const
    return (await running.begin(head, { user: "", method: "control" }, intent, async () => {})).state
  }
  passes(60_000)
  expect(await begin("in time")).toBe("running")
  passes(1_000)
  await expect(begin("late")).rejects.toMatchObject({ code: DEPLOYMENT_FAULT.EXPIRED })
})

test("the time it tells never goes back", () => {
  const { clock, passes } = host(-HOUR)
  const told = Array.from({ length: 100 }, () => {
    passes(333)
    return clock.steady()
  })
  expect(told).toEqual(told.toSorted((a, b) => a - b))
  expect(told.at(-1)).toBe(43_233)
})
