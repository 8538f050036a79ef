import { describe, expect, test } from "vitest"
import type { Outcome } from "../../src/model/outcome.js"
import { type RollingOptions, restartRolling, startAll, stopAll } from "../../src/run/verbs.js"
import { fakeHost, tasksOn } from "../support/fleet.js"
import { inWords, type SimulatedFleet, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions } from "../support/simulated-host.js"

const HOSTS = ["a-1", "a-2", "b-1", "b-2"].map(name => fakeHost(name, name[0]))
const TASKS = tasksOn(HOSTS)

const dead: SimulatedHostOptions = { programs: [], trouble: { processes: ["refused"] } }
const stopped: SimulatedHostOptions = { programs: [{ name: "web" }] }
const broken: SimulatedHostOptions = { programs: [{ name: "web", state: "RUNNING", lives: [100] }] }
const foreign: SimulatedHostOptions = { programs: [{ name: "other", state: "RUNNING" }] }

describe("start and stop", () => {
  test("a start reaches every host but the dead one", async () => {
    const { options } = fleet({ "a-1": stopped, "a-2": dead, "b-1": stopped })
    expect((await startAll(TASKS, options)).map(inWords)).toEqual([
      "changed RUNNING, pid 101",
      "unreachable refused",
      "changed RUNNING, pid 101",
      "unchanged RUNNING already",
    ])
  })

  test("a stop reaches every host but the dead one", async () => {
    const { options } = fleet({ "a-1": dead, "b-2": stopped })
    expect((await stopAll(TASKS, options)).map(inWords)).toEqual([
      "unreachable refused",
      "changed STOPPED",
      "changed STOPPED",
      "unchanged STOPPED already",
    ])
  })

  test("a failed start does not keep the others from starting", async () => {
    const { options } = fleet({ "a-1": { programs: [{ name: "web", lives: [100] }] }, "b-2": foreign })
    const outcomes = await startAll(TASKS, options)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["failed", "unchanged", "unchanged", "failed"])
  })

  test("after Ctrl-C what was not begun is skipped", async () => {
    const { fleet: simulated, options } = fleet({})
    const oneAtATime = { ...options, limits: { total: 1, perRegion: 1 } }
    const outcomes = await stopAll(TASKS, {
      ...oneAtATime,
      follow: outcome => {
        options.follow(outcome)
        simulated.stopNow()
      },
    })
    expect(outcomes.map(inWords).filter(words => words === "changed STOPPED")).toHaveLength(1)
    expect(outcomes.map(inWords).filter(words => words.startsWith("skipped the run was"))).toHaveLength(3)
  })

  test("every outcome is told as it comes", async () => {
    const { options, followed } = fleet({ "a-1": dead })
    await stopAll(TASKS, options)
    expect(followed.map(outcome => outcome.task).sort()).toEqual(["web.0", "web.1", "web.2", "web.3"])
  })
})

describe("restartRolling", () => {
  test("restarts region after region, one task at a time", async () => {
    const { fleet: simulated, options } = fleet({})
    const { outcomes, refused } = await restartRolling(TASKS, options)
    expect(refused).toBeUndefined()
    expect(outcomes.map(inWords)).toEqual(TASKS.map(() => "changed RUNNING, pid 101 (was 100)"))
    expect(simulated.changes()).toEqual(
      HOSTS.flatMap(host => [`${host.name}: stop web`, `${host.name}: start web`]),
    )
  })

  test("touches nothing when more hosts are dead than may be left out", async () => {
    const { fleet: simulated, options } = fleet({ "a-2": dead, "b-1": dead })
    const { outcomes, refused } = await restartRolling(TASKS, { ...options, skipUnreachable: 1 })
    expect(refused).toBe("nothing was touched: 2 hosts cannot be asked")
    expect(outcomes.map(outcome => outcome.kind)).toEqual([
      "skipped",
      "unreachable",
      "unreachable",
      "skipped",
    ])
    expect(simulated.changes()).toEqual([])
  })

  test("leaves out as many dead hosts as it may", async () => {
    const { options, followed } = fleet({ "a-2": dead, "b-1": dead })
    const { outcomes, refused } = await restartRolling(TASKS, { ...options, skipUnreachable: 2 })
    expect(refused).toBeUndefined()
    expect(outcomes.map(inWords)).toEqual([
      "changed RUNNING, pid 101 (was 100)",
      "unreachable refused",
      "unreachable refused",
      "changed RUNNING, pid 101 (was 100)",
    ])
    expect(followed).toHaveLength(4)
  })

  test("touches nothing when a supervisor does not know its program", async () => {
    const { fleet: simulated, options } = fleet({ "b-2": foreign })
    const { outcomes, refused } = await restartRolling(TASKS, { ...options, skipUnreachable: 9 })
    expect(refused).toBe("nothing was touched: 1 task unknown to the supervisor")
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "skipped", "skipped", "failed"])
    expect(simulated.changes()).toEqual([])
  })

  test("stops at the first task that does not come up and leaves the others running", async () => {
    const { fleet: simulated, options } = fleet({ "a-2": broken })
    const { outcomes } = await restartRolling(TASKS, options)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["changed", "failed", "skipped", "skipped"])
    expect(["b-1", "b-2"].map(name => simulated.host(name).state("web"))).toEqual(["RUNNING", "RUNNING"])
    expect(simulated.changes().some(change => change.startsWith("b-"))).toBe(false)
  })
})

function fleet(hosts: Readonly<Record<string, SimulatedHostOptions>>): {
  fleet: SimulatedFleet
  options: RollingOptions
  followed: readonly Outcome[]
} {
  const simulated = simulatedFleet(TASKS, hosts)
  const followed: Outcome[] = []
  return {
    fleet: simulated,
    followed,
    options: {
      effects: simulated.effects,
      limits: { total: 10, perRegion: 10 },
      patience: { deadline: 20_000, minHealthy: 2_000 },
      follow: outcome => followed.push(outcome),
      parallel: 1,
      skipUnreachable: 0,
    },
  }
}
