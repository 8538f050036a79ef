import { describe, expect, test } from "vitest"
import type { Outcome } from "../../src/model/outcome.js"
import { type Removal, removeTasks } from "../../src/run/remove.js"
import type { RunOptions } from "../../src/run/verbs.js"
import { clusterOf, deployedTasksOn, fakeHost } from "../support/fleet.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import { LIMITS } from "./run-options.js"

const TASKS = deployedTasksOn(["a-1", "a-2", "b-1"].map(name => fakeHost(name, name[0])))

describe("removeTasks", () => {
  test("takes tasks off their hosts and leaves their data", async () => {
    const { words, done, told } = await removed({}, false)
    expect(words).toEqual(TASKS.map(() => "changed removed; its data stays"))
    expect([...done].sort()).toEqual(["a-1: remove web 0", "a-2: remove web 0", "b-1: remove web 0"])
    expect(told).toBe(3)
  })

  test("takes the data too when it shall", async () => {
    const { words, done } = await removed({}, true)
    expect(words).toEqual(TASKS.map(() => "changed removed, with its data"))
    expect(done[0]).toBe("a-1: remove web 0 with data")
  })

  test.each<[string, NonNullable<SimulatedAgentOptions["trouble"]>, string]>([
    ["a host that cannot be asked was not changed", { inspect: ["refused"] }, "unreachable refused"],
    ["a removal that never left was not carried out", { remove: ["refused"] }, "unreachable refused"],
    [
      "a removal whose answers are lost is not known",
      { remove: ["lost", "refused"] },
      "unreachable refused (unknown)",
    ],
    [
      "an agent that is gone after it is not known",
      { operation: ["refused"] },
      "unreachable refused (unknown)",
    ],
    ["a lost answer is asked for again", { remove: ["lost", "ok"] }, "changed removed; its data stays"],
    ["a fault says why", { remove: [{ fault: 200 }] }, "failed FAULT_200"],
  ])("%s, and the other hosts are done", async (_, trouble, first) => {
    const { words } = await removed({ "a-1": { trouble } }, false)
    expect(words).toEqual([first, ...Array(2).fill("changed removed; its data stays")])
  })

  test("what may have been removed before the run was cut short is not forgotten when its host is silent", async () => {
    const prior = new Map([
      [TASKS[0]!.name, { kind: "open", attempt: 1, step: "remove", before: [] } as const],
    ])
    const noted: string[] = []
    const record = {
      change: () => Promise.resolve(undefined),
      outcome: (outcome: Outcome) => void noted.push(inWords(outcome)),
    }
    const resumed = { part: 2, prior, targets: {} }
    const { words } = await removed({ "a-1": { trouble: { inspect: ["refused"] } } }, false, false, {
      record,
      resumed,
    })
    expect(words[0]).toBe("unreachable refused (unknown)")
    expect(noted).toContain("unreachable refused (unknown)")
  })

  test("begins nothing after Ctrl-C", async () => {
    const { words, done } = await removed({}, false, true)
    expect(words).toEqual(TASKS.map(() => "skipped the run was interrupted before it"))
    expect(done).toEqual([])
  })
})

async function removed(
  agentOptions: Readonly<Record<string, SimulatedAgentOptions>>,
  data: boolean,
  stopped = false,
  past: Pick<RunOptions, "record" | "resumed"> = {},
) {
  const fleet = simulatedFleet(TASKS)
  const done: string[] = []
  const agents = new Map(
    TASKS.map(({ host: { name } }) => [
      name,
      simulatedAgent(fleet.clock, fleet.host(name), agentOptions[name], what =>
        done.push(`${name}: ${what}`),
      ),
    ]),
  )
  if (stopped) fleet.stopNow()
  const removals = TASKS.map(
    ({ host, job, instance, name }): Removal => ({ host, job: job.name, instance, name }),
  )
  const effects = { ...fleet.effects, agent: (host: { name: string }) => agents.get(host.name)! }
  let told = 0
  const cluster = clusterOf(TASKS)
  const outcomes = await removeTasks(removals, data, cluster, "d-1", effects, LIMITS, () => told++, past)
  expect(outcomes.map(outcome => outcome.task)).toEqual(TASKS.map(task => task.name))
  return { words: outcomes.map(inWords), done, told }
}
