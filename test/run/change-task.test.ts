import { describe, expect, test } from "vitest"
import { awaitHealthy, type ChangeTask, restartTask, startTask, stopTask } from "../../src/run/change-task.js"
import { inWords } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions, SimulatedProgram } from "../support/simulated-host.js"
import { PATIENCE, seen } from "./one-task.js"

describe("any change", () => {
  const changes: [string, ChangeTask][] = [
    ["startTask", startTask],
    ["stopTask", stopTask],
    ["restartTask", restartTask],
  ]

  test.each(changes)("%s leaves alone a host that did not answer", async (_, change) => {
    const options: SimulatedHostOptions = {
      programs: [{ name: "web", state: "RUNNING" }],
      trouble: { processes: ["refused"] },
    }
    const { fleet, task, before } = await seen("web", options)
    expect(inWords(await change(task, before, fleet.effects, PATIENCE))).toBe("unreachable refused")
    expect(fleet.changes()).toEqual([])
  })

  test.each(changes)("%s fails when the supervisor does not know the program", async (_, change) => {
    const { fleet, task, before } = await seen("web", { programs: [{ name: "other" }] })
    const outcome = await change(task, before, fleet.effects, PATIENCE)
    expect(inWords(outcome)).toBe('failed the supervisor has no program "web"')
    expect(fleet.changes()).toEqual([])
  })

  test("does not know what happened when the operator gives up in the middle of it", async () => {
    const { fleet, task, before } = await seen("web", { programs: [{ name: "web" }] })
    const outcome = startTask(task, before, fleet.effects, PATIENCE)
    void fleet.clock.sleep(500, new AbortController().signal).then(fleet.abortNow)
    expect(inWords(await outcome)).toBe("unreachable cancelled (unknown)")
  })
})

describe("awaitHealthy", () => {
  test.each<[string, Omit<SimulatedProgram, "name">, SimulatedHostOptions["trouble"], string]>([
    ["sees a task come up", { state: "STARTING" }, {}, "changed RUNNING, pid 100"],
    [
      "sees a task that does not come up",
      { state: "FATAL" },
      {},
      "failed the program does not stay up: FATAL",
    ],
    [
      "does not know when nobody answers, because something was changed before",
      { state: "STARTING" },
      { process: ["refused"] },
      "unreachable refused (unknown)",
    ],
  ])("%s and changes nothing", async (_, program, trouble = {}, words) => {
    const { fleet, task, before } = await seen("web", { programs: [{ name: "web", ...program }], trouble })
    expect(inWords(await awaitHealthy(task, before, fleet.effects, PATIENCE))).toBe(words)
    expect(fleet.changes()).toEqual([])
  })
})
