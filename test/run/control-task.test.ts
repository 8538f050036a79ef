import { describe, expect, test } from "vitest"
import type { ControlAction } from "../../src/model/deployment.js"
import { controlTask } from "../../src/run/control-task.js"
import { existingTask, fakeHost } from "../support/fleet.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedProgram } from "../support/simulated-host.js"

const TASK = existingTask("web.0", fakeHost("web-01"))
const PATIENCE = { deadline: 20_000, minHealthy: 2_000 }

type Row = readonly [
  what: string,
  action: ControlAction,
  program: Omit<SimulatedProgram, "name">,
  trouble: NonNullable<SimulatedAgentOptions["trouble"]>,
  outcome: string,
  done: readonly string[],
]

describe("a change through an agent", () => {
  test.each<Row>([
    ["starts what is stopped", "start", {}, {}, "changed RUNNING, pid 101", ["start web"]],
    ["leaves alone what runs", "start", { state: "RUNNING" }, {}, "unchanged RUNNING already", []],
    ["starts again what gave up", "start", { state: "FATAL" }, {}, "changed RUNNING, pid 101", ["start web"]],
    ["stops what runs", "stop", { state: "RUNNING" }, {}, "changed STOPPED", ["stop web"]],
    ["leaves alone what is stopped", "stop", {}, {}, "unchanged STOPPED already", []],
    [
      "keeps down what may come back",
      "stop",
      { state: "EXITED" },
      {},
      "unchanged STOPPED already",
      ["stop web"],
    ],
    [
      "restarts by one operation",
      "restart",
      { state: "RUNNING" },
      {},
      "changed RUNNING, pid 101 (was 100)",
      ["restart web"],
    ],
    [
      "does nothing twice when the answer is lost",
      "restart",
      { state: "RUNNING" },
      { control: ["lost", "ok"] },
      "changed RUNNING, pid 101 (was 100)",
      ["restart web"],
    ],
    [
      "sends again what was dropped on its way",
      "restart",
      { state: "RUNNING" },
      { control: ["dropped", "refused", "ok"] },
      "changed RUNNING, pid 101 (was 100)",
      ["restart web"],
    ],
    [
      "does not know when no answer comes at all",
      "restart",
      { state: "RUNNING" },
      { control: ["lost"] },
      "unreachable closed (unknown)",
      ["restart web"],
    ],
    [
      "knows that nothing happened when nothing arrived",
      "restart",
      { state: "RUNNING" },
      { control: ["refused"] },
      "unreachable refused",
      [],
    ],
    [
      "is refused by its agent",
      "restart",
      { state: "RUNNING" },
      { control: [{ fault: 204 }] },
      "failed FAULT_204",
      [],
    ],
    [
      "does not begin where nobody answers",
      "restart",
      { state: "RUNNING" },
      { generation: ["refused"] },
      "unreachable refused",
      [],
    ],
    [
      "says so when what it started does not stay up",
      "restart",
      { state: "RUNNING", lives: [100] },
      {},
      "failed the program does not stay up: FATAL",
      ["restart web"],
    ],
  ])("%s", async (_what, action, program, trouble, outcome, done) => {
    const { ended, agent } = await controlled(action, program, trouble)
    expect(ended && inWords(ended)).toBe(outcome)
    expect(agent.done).toEqual(done)
  })

  test.each<[ControlAction, Omit<SimulatedProgram, "name">, string]>([
    ["start", { state: "RUNNING" }, "changed RUNNING, pid 100"],
    ["stop", {}, "changed STOPPED"],
  ])("asks the agent about a %s that a run before may have sent", async (action, program, outcome) => {
    const { ended, agent } = await controlled(action, program, {}, true)
    expect(ended && inWords(ended)).toBe(outcome)
    expect(agent.done).toEqual([`${action} web`])
  })

  test("is none of its business where a stock supervisord answers", async () => {
    const { ended } = await controlled("restart", { state: "RUNNING" }, { generation: [{ fault: 1 }] })
    expect(ended).toBeUndefined()
  })
})

async function controlled(
  action: ControlAction,
  program: Omit<SimulatedProgram, "name">,
  trouble: NonNullable<SimulatedAgentOptions["trouble"]>,
  mayBeSent = false,
) {
  const fleet = simulatedFleet([TASK], { "web-01": { programs: [{ name: "web", ...program }] } })
  const agent = simulatedAgent(fleet.clock, fleet.host("web-01"), { trouble })
  const effects = { ...fleet.effects, agent: () => agent }
  return {
    agent,
    ended: await controlTask(action, TASK, PATIENCE, {
      effects,
      cluster: { service: "shop", cluster: "test" },
      operation: "r-1",
      mayBeSent,
    }),
  }
}
