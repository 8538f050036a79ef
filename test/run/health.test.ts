import { describe, expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Check } from "../../src/model/policy.js"
import { type AskCheck, checksOf, lookAt } from "../../src/run/health.js"
import { fakeHost, tasksOn, withChecks } from "../support/fleet.js"
import { simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions } from "../support/simulated-host.js"
import { LIMITS } from "./run-options.js"

const NEVER = new AbortController().signal
const tcp = (port: number, interval = 1_000): Check => ({ kind: "tcp", port, interval, timeout: 3_000 })
const TASKS = withChecks(tasksOn([fakeHost("web-01"), fakeHost("web-02")]), [tcp(80), tcp(81)])
const [first, second] = TASKS as [Task, Task]
const passing: AskCheck = async () => undefined
const shut =
  (port: number): AskCheck =>
  async (_task, check) =>
    check.kind === "tcp" && check.port === port ? `port ${port} is shut` : undefined

describe("a live look", () => {
  const RUNNING: SimulatedHostOptions = { programs: [{ name: "web", state: "RUNNING" }] }

  test.each<[string, SimulatedHostOptions, AskCheck, { kind: string; why?: string }]>([
    ["RUNNING and all checks pass", RUNNING, passing, { kind: "healthy" }],
    ["one of its checks fails", RUNNING, shut(81), { kind: "down", why: "its check fails: port 81 is shut" }],
    [
      "it is FATAL",
      { programs: [{ name: "web", state: "FATAL" }] },
      passing,
      { kind: "down", why: "it is FATAL" },
    ],
    ["it is not there", { programs: [] }, passing, { kind: "down", why: "the supervisor does not know it" }],
    [
      "its host does not answer",
      { ...RUNNING, trouble: { processes: ["refused"] } },
      passing,
      { kind: "unknown", why: "it is refused" },
    ],
  ])("%s", async (_, host, ask, health) => {
    const { effects } = simulatedFleet(TASKS, { "web-01": host })
    const seen = await lookAt(TASKS, effects, LIMITS, ask)
    expect(seen.get(first)).toMatchObject(health)
  })

  test("does not check what does not run", async () => {
    const { effects } = simulatedFleet(TASKS, { "web-01": { programs: [{ name: "web" }] } })
    const asked: string[] = []
    await lookAt(TASKS, effects, LIMITS, async task => void asked.push(task.name))
    expect(asked).toEqual(["web.1", "web.1"])
  })

  test("tells a restarted task from what it was", async () => {
    const { effects, host } = simulatedFleet(TASKS)
    const identity = async () => {
      const health = (await lookAt(TASKS, effects, LIMITS, passing)).get(second)
      return health?.kind === "healthy" ? health.identity : health?.kind
    }
    const before = await identity()
    expect(await identity()).toBe(before)
    host("web-02").install({ name: "web" })
    await effects.clock.sleep(2_000, NEVER)
    expect(await identity()).not.toBe(before)
  })
})

describe("the checks of a task", () => {
  test("are none where the job has none", () => {
    const [bare] = withChecks(TASKS, [])
    expect(checksOf(bare!, NEVER, passing)).toBeUndefined()
  })

  test("are made together as often as the most frequent", () => {
    const [task] = withChecks(TASKS, [tcp(80, 5_000), tcp(81, 2_000)])
    expect(checksOf(task!, NEVER, passing)?.interval).toBe(2_000)
  })

  test("say what the first that failed said", async () => {
    const both: AskCheck = async (_task, check) => `${check.kind} ${check.kind === "tcp" ? check.port : ""}`
    expect(await checksOf(first, NEVER, both)?.ask()).toBe("tcp 80")
    expect(await checksOf(first, NEVER, passing)?.ask()).toBeUndefined()
  })
})
