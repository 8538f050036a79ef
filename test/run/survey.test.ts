import { describe, expect, test } from "vitest"
import type { TaskView } from "../../src/model/outcome.js"
import { deployBlocker, overtaken, refuseDeploy, survey } from "../../src/run/survey.js"
import { clusterOf, deployedAs, deployedTasksOn, fakeHost } from "../support/fleet.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import { LIMITS } from "./run-options.js"

const TASKS = deployedTasksOn(["a-1", "a-2", "b-1"].map(name => fakeHost(name, name[0])))

describe("survey", () => {
  test("tells what runs and what is kept, a task and a host", async () => {
    const { found } = await surveyed({ "a-1": { tasks: [deployedAs(["22222222 2.0.0", "11111111 1.0.0"])] } })
    const [first, second] = TASKS
    expect(found.before.get(first!)?.inspection?.tasks).toHaveLength(1)
    expect(found.before.get(second!)).toMatchObject({ view: { kind: "missing" }, inspection: { tasks: [] } })
    expect([...found.inspections.keys()].map(host => host.name)).toEqual(["a-1", "a-2", "b-1"])
  })

  test("takes a host whose agent does not answer for one that does not answer", async () => {
    const { found } = await surveyed({ "a-2": { trouble: { inspect: ["hang"] } } })
    expect(found.before.get(TASKS[1]!)?.view).toMatchObject({
      kind: "unreachable",
      failure: { reason: "timeout" },
    })
    expect(found.inspections.get(TASKS[1]!.host)).toBeUndefined()
  })

  test("says of a stock supervisord that it needs an agent", async () => {
    const { found } = await surveyed({ "a-2": { trouble: { inspect: [{ fault: 1 }] } } })
    const view = found.before.get(TASKS[1]!)?.view as Extract<TaskView, { kind: "unreachable" }>
    expect(view.failure.message).toContain("stock supervisord")
    expect(view.failure.hint).toContain("agent")
  })

  test("leaves other faults as they are", async () => {
    const { found } = await surveyed({ "a-2": { trouble: { inspect: [{ fault: 203 }] } } })
    expect(found.before.get(TASKS[1]!)?.view).toMatchObject({ failure: { message: "FAULT_203" } })
  })

  test("tells an agent the time by its own clock", async () => {
    const { found, clock } = await surveyed({})
    await clock.sleep(90_000, new AbortController().signal)
    expect(found.agentNow(TASKS[0]!.host)).toBeCloseTo(1_700_000_000 + clock.now() / 1_000, 1)
  })
})

describe("a plan whose run had to wait", () => {
  const CLUSTER = clusterOf(TASKS)

  test.each<[string, string, number, string | undefined]>([
    ["holds when nothing was changed", "a-1", 0, undefined],
    [
      "does not hold when another run changed a task",
      "a-1",
      1,
      "nothing was touched: web.0 changed since the plan was made",
    ],
    ["holds when only a program of another cluster was changed", "other", 1, undefined],
  ])("%s", async (_, where, by, why) => {
    let count = 3
    const name = where === "other" ? "shop.other.web.0" : TASKS[0]!.program
    const { found, effects } = await surveyed({ "a-1": { generations: () => ({ [name]: count }) } })
    count += by
    expect(await overtaken(found, CLUSTER, effects, LIMITS)).toBe(why)
  })
})

describe("a deploy to hosts of which some do not answer", () => {
  const dead: SimulatedAgentOptions = { trouble: { inspect: ["refused"] } }

  test.each([
    [0, "nothing was touched: 2 hosts cannot be deployed to"],
    [1, "nothing was touched: 2 hosts cannot be deployed to"],
    [2, undefined],
  ])("may leave out %i", async (skip, why) => {
    const { found } = await surveyed({ "a-1": dead, "b-1": dead })
    expect(deployBlocker(found, skip)).toBe(why)
  })

  test("that is refused has one outcome for each task, in their order", async () => {
    const { found } = await surveyed({ "a-2": dead })
    const why = deployBlocker(found, 0)!
    expect(why).toBe("nothing was touched: 1 host cannot be deployed to")
    expect(refuseDeploy(TASKS, found, why).map(inWords)).toEqual([
      `skipped ${why}`,
      "unreachable refused",
      `skipped ${why}`,
    ])
  })
})

async function surveyed(agentOptions: Readonly<Record<string, SimulatedAgentOptions>>) {
  const fleet = simulatedFleet(
    TASKS,
    Object.fromEntries(TASKS.map(({ host }) => [host.name, { programs: [] }])),
  )
  const agent = (name: string) => simulatedAgent(fleet.clock, fleet.host(name), agentOptions[name])
  const agents = new Map(TASKS.map(({ host }) => [host.name, agent(host.name)]))
  const effects = { ...fleet.effects, agent: (host: { name: string }) => agents.get(host.name)! }
  const found = await survey(TASKS, clusterOf(TASKS), "2".repeat(64), effects, LIMITS)
  return { found, clock: fleet.clock, effects }
}
