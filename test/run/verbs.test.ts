import { describe, expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Hook } from "../../src/model/policy.js"
import { runVerb } from "../../src/run/verbs.js"
import { fakeHost, tasksOn, withChecks } from "../support/fleet.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions } from "../support/simulated-host.js"
import { ALL_AT_ONCE, type Given, runOptions, toldOutcomes } from "./run-options.js"

const HOSTS = ["a-1", "a-2", "b-1", "b-2"].map(name => fakeHost(name, name[0]))
const TASKS = tasksOn(HOSTS)

const dead: SimulatedHostOptions = { programs: [], trouble: { processes: ["refused"] } }
const stopped: SimulatedHostOptions = { programs: [{ name: "web" }] }
const broken: SimulatedHostOptions = { programs: [{ name: "web", state: "RUNNING", lives: [100] }] }
const failing: SimulatedHostOptions = { programs: [{ name: "web", lives: [100] }] }
const foreign: SimulatedHostOptions = { programs: [{ name: "other", state: "RUNNING" }] }

const VERBS = ["start", "stop", "restart"] as const
type Verb = (typeof VERBS)[number]

describe.each(VERBS)("%s", verb => {
  test("touches nothing when more hosts are dead than may be left out", async () => {
    const { words, ran, changes } = await run(verb, { "a-2": dead, "b-1": dead }, { skipUnreachable: 1 })
    expect(ran.refused).toBe("nothing was touched: 2 hosts cannot be asked")
    expect(words).toEqual([
      `skipped ${ran.refused}`,
      "unreachable refused",
      "unreachable refused",
      `skipped ${ran.refused}`,
    ])
    expect(changes).toEqual([])
  })

  test("gives one outcome for each task, in their order, and tells of each once", async () => {
    const { ran, events } = await run(verb, { "b-1": dead, "a-2": stopped }, { skipUnreachable: 1 })
    const names = TASKS.map(task => task.name)
    expect(ran.outcomes.map(outcome => outcome.task)).toEqual(names)
    expect(
      toldOutcomes(events)
        .map(outcome => outcome.task)
        .sort(),
    ).toEqual(names)
  })

  test("reads a task again before it is changed when what was read of it is old", async () => {
    expect(await wordsWhenGone(verb, -2_001)).toBe('failed the supervisor has no program "web"')
  })

  test("changes a task by what was read of it just now", async () => {
    const words = verb === "start" ? "unchanged RUNNING already" : "failed stop was refused: FAULT_10"
    expect(await wordsWhenGone(verb, 0)).toBe(words)
  })

  test("reads a task again where there are hooks: what one of them does is not known", async () => {
    const fleet = simulatedFleet(TASKS, {})
    const [task] = TASKS as [Task]
    const preTask: Hook = { argv: ["./pause"], on: "operator", timeout: 1_000 }
    const hook = async (name: string): Promise<undefined> => {
      if (name === "preTask") await fleet.host("a-1").stop("web", new AbortController().signal)
    }
    const { options } = runOptions(fleet, { jobPolicy: { hooks: { preTask } }, surroundings: { hook } })
    await runVerb(verb, [task], TASKS, options)
    expect(fleet.host("a-1").state("web")).toBe(verb === "stop" ? "STOPPED" : "RUNNING")
  })

  test("names a task that the supervisor does not know", async () => {
    const { words } = await run(verb, { "b-2": foreign })
    expect(words[3]).toBe('failed the supervisor has no program "web"')
  })

  test("changes only what was selected, and reckons shares from all tasks of the job", async () => {
    const given: Given = { jobPolicy: { maxParallel: { kind: "percent", percent: 50 } } }
    const { words, most } = await run(verb, {}, given, TASKS.slice(0, 2))
    expect(words).toHaveLength(2)
    expect(most).toBe(1)
  })
})

describe("start and stop", () => {
  test("a start reaches every host but the dead one", async () => {
    const hosts = { "a-1": stopped, "a-2": dead, "b-1": stopped }
    const { words, ran } = await run("start", hosts, { ...ALL_AT_ONCE, skipUnreachable: 9 })
    expect(words).toEqual([
      "changed RUNNING, pid 101",
      "unreachable refused",
      "changed RUNNING, pid 101",
      "unchanged RUNNING already",
    ])
    expect(ran.halted).toBeUndefined()
  })

  test("a stop reaches every host but the dead one", async () => {
    const hosts = { "a-1": dead, "b-2": stopped }
    const { words, ran } = await run("stop", hosts, { ...ALL_AT_ONCE, skipUnreachable: 9 })
    expect(words).toEqual([
      "unreachable refused",
      "changed STOPPED",
      "changed STOPPED",
      "unchanged STOPPED already",
    ])
    expect(ran.halted).toBeUndefined()
  })

  test("a failed start does not keep the others from starting", async () => {
    const hosts = { "a-1": failing, "b-1": stopped }
    const { words, ran } = await run("start", hosts, ALL_AT_ONCE)
    expect(words).toEqual([
      "failed the program does not stay up: FATAL",
      "unchanged RUNNING already",
      "changed RUNNING, pid 101",
      "unchanged RUNNING already",
    ])
    expect(ran.halted).toBeUndefined()
  })

  test.each(["start", "stop"] as const)(
    "a %s does to the others what it shall when a supervisor does not know its program",
    async verb => {
      const other = verb === "start" ? stopped : {}
      const hosts = Object.fromEntries(
        ["a-1", "a-2", "b-1"].map(name => [
          name,
          { programs: [{ name: "web", state: "RUNNING" } as const], ...other },
        ]),
      )
      const { ran } = await run(verb, { ...hosts, "b-2": foreign }, ALL_AT_ONCE)
      expect(ran.refused).toBeUndefined()
      expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["changed", "changed", "changed", "failed"])
    },
  )

  test("a start takes nothing down, and no floor makes it wait", async () => {
    const given: Given = {
      ...ALL_AT_ONCE,
      jobPolicy: { ...ALL_AT_ONCE.jobPolicy, minAvailable: { kind: "percent", percent: 100 } },
      skipUnreachable: 9,
    }
    const { words, ran, took } = await run("start", { "a-1": dead }, given)
    expect(words).toEqual(["unreachable refused", ...Array(3).fill("unchanged RUNNING already")])
    expect(ran.halted).toBeUndefined()
    expect(took).toBeLessThan(1_000)
  })

  test("a stop goes below every floor", async () => {
    const given: Given = { jobPolicy: { minAvailable: { kind: "quorum" } } }
    const { words } = await run("stop", {}, given)
    expect(words).toEqual(TASKS.map(() => "changed STOPPED"))
  })

  test("a stop goes to all regions at once where the policy says so", async () => {
    expect((await run("stop", {}, ALL_AT_ONCE)).most).toBe(4)
  })

  test("a stop goes region by region where the policy says so", async () => {
    const { most, changes } = await run("stop", {})
    expect(most).toBe(1)
    expect(changes).toEqual(HOSTS.map(host => `${host.name}: stop web`))
  })

  test("after Ctrl-C what was not begun is skipped", async () => {
    const { words, ran } = await run("stop", {}, {}, TASKS, event => event.kind === "outcome")
    expect(words).toEqual(["changed STOPPED", ...Array(3).fill("skipped the run was interrupted before it")])
    expect(ran.halted).toBeUndefined()
  })
})

describe("restart", () => {
  test("restarts region after region, one task at a time", async () => {
    const { words, ran, changes, most } = await run("restart", {})
    expect(ran).toEqual({ outcomes: ran.outcomes })
    expect(words).toEqual(TASKS.map(() => "changed RUNNING, pid 101 (was 100)"))
    expect(changes).toEqual(HOSTS.flatMap(host => [`${host.name}: stop web`, `${host.name}: start web`]))
    expect(most).toBe(1)
  })

  test("leaves out as many dead hosts as it may", async () => {
    const given: Given = { skipUnreachable: 2, jobPolicy: { minAvailable: { kind: "count", count: 0 } } }
    const { words, ran, events } = await run("restart", { "a-2": dead, "b-1": dead }, given)
    expect(ran.refused).toBeUndefined()
    expect(words).toEqual([
      "changed RUNNING, pid 101 (was 100)",
      "unreachable refused",
      "unreachable refused",
      "changed RUNNING, pid 101 (was 100)",
    ])
    expect(toldOutcomes(events)).toHaveLength(4)
  })

  test("counts a host that is left out as one that is down", async () => {
    const { ran, changes } = await run("restart", { "a-2": dead }, { skipUnreachable: 1 })
    expect(ran.halted).toMatch(/^minAvailable: 1 of 2 tasks of web in a are healthy, and 1 must stay so$/)
    expect(changes).toEqual([])
  })

  test("touches nothing when a supervisor does not know its program", async () => {
    const { ran, changes } = await run("restart", { "b-2": foreign }, { skipUnreachable: 9 })
    expect(ran.refused).toBe("nothing was touched: 1 task unknown to the supervisor")
    expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "skipped", "skipped", "failed"])
    expect(changes).toEqual([])
  })

  test("stops at the first task that does not come up and leaves the others running", async () => {
    const { ran, words, fleet } = await run("restart", { "a-2": broken })
    const why = "the run stopped after web.1 on a-2 went wrong"
    expect(ran.halted).toBe(why)
    expect(words).toEqual([
      "changed RUNNING, pid 101 (was 100)",
      "failed the program does not stay up: FATAL",
      `skipped ${why}`,
      `skipped ${why}`,
    ])
    expect(["b-1", "b-2"].map(name => fleet.host(name).state("web"))).toEqual(["RUNNING", "RUNNING"])
    expect(fleet.changes().some(change => change.startsWith("b-"))).toBe(false)
  })

  test("begins with what is broken, and ends a region with what is healthy", async () => {
    const { changes } = await run("restart", { "a-2": stopped, "b-2": stopped })
    expect(changes).toEqual([
      "a-2: start web",
      "a-1: stop web",
      "a-1: start web",
      "b-2: start web",
      "b-1: stop web",
      "b-1: start web",
    ])
  })

  test("has nothing to go back to: on failure nothing that was restarted is touched again", async () => {
    const { ran, changes } = await run("restart", { "a-2": broken }, { policy: { onFailure: "revert" } })
    expect(ran.reverted).toBeUndefined()
    expect(changes).toHaveLength(4)
  })

  test("waits for the checks of a task, and goes on when they pass", async () => {
    let asked = 0
    const ask = async (): Promise<string | undefined> =>
      asked++ < 5 ? "connection refused on port 80" : undefined
    const { words } = await run("restart", {}, { surroundings: { ask } }, tcpChecked())
    expect(words).toEqual(TASKS.map(() => "changed RUNNING, pid 101 (was 100)"))
  })

  test("begins with what runs and fails its check, which no floor keeps from its cure", async () => {
    const cured = new Set<string>()
    const ask = async (task: Task): Promise<string | undefined> =>
      task.name !== "web.1" || cured.has(task.name) ? undefined : "connection refused on port 80"
    const tell: NonNullable<Given["surroundings"]>["tell"] = event => {
      if (event.kind === "dispatched") cured.add(event.task.name)
    }
    const { ran, changes } = await run("restart", {}, { surroundings: { ask, tell } }, tcpChecked())
    expect(ran.halted).toBeUndefined()
    expect(changes.slice(0, 4)).toEqual([
      "a-2: stop web",
      "a-2: start web",
      "a-1: stop web",
      "a-1: start web",
    ])
  })

  test("stops at a task whose check never passes, and says which answer it gave", async () => {
    const ask = async (task: Task): Promise<string | undefined> =>
      task.name === "web.1" ? "connection refused on port 80" : undefined
    const { ran } = await run("restart", {}, { surroundings: { ask } }, tcpChecked())
    expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "failed", "skipped", "skipped"])
    expect(inWords(ran.outcomes[1]!)).toBe(
      "failed it runs, and its check fails: connection refused on port 80",
    )
  })

  test("asks the operator where the policy is to pause, and goes on after a yes", async () => {
    const asked: string[] = []
    const goOn = async (why: string): Promise<boolean> => {
      asked.push(why)
      return true
    }
    const given: Given = { policy: { onFailure: "pause" }, surroundings: { goOn } }
    const { ran } = await run("restart", { "a-2": broken }, given)
    expect(asked).toEqual(["the run stopped after web.1 on a-2 went wrong"])
    expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["changed", "failed", "changed", "changed"])
  })

  test("stops at a gate that is shut", async () => {
    const gate = async () => ({ open: false, why: "the graphs are red" }) as const
    const { ran, changes } = await run("restart", {}, { surroundings: { gate } })
    expect(ran.halted).toContain("the graphs are red")
    expect(changes).toEqual(["a-1: stop web", "a-1: start web"])
  })
})

test("a task that is being read when the run is interrupted is not changed", async () => {
  const slow: SimulatedHostOptions = {
    programs: [{ name: "web", state: "RUNNING" }],
    trouble: { process: ["hang", "ok"] },
  }
  const fleet = simulatedFleet(TASKS, { "a-1": slow })
  const { options } = runOptions(fleet, { ...ALL_AT_ONCE, seen: { since: -10_000, processes: new Map() } })
  const noted: string[] = []
  const record = {
    change: async ({ task }: { task: string }) => void noted.push(task),
    outcome: () => {},
  }
  const later = fleet.clock.sleep(4_000, new AbortController().signal).then(fleet.stopNow)
  const { outcomes } = await runVerb("restart", TASKS, TASKS, { ...options, record })
  await later
  expect(outcomes.map(inWords)[0]).toBe("skipped the run was interrupted before it")
  expect(noted).not.toContain("web.0")
  expect(fleet.changes().filter(change => change.startsWith("a-1"))).toEqual([])
})

/** The tasks with a check of a port each. */
function tcpChecked(): readonly Task[] {
  return withChecks(TASKS, [{ kind: "tcp", port: 80, interval: 1_000, timeout: 3_000 }])
}

async function run(
  verb: Verb,
  hosts: Readonly<Record<string, SimulatedHostOptions>>,
  given: Given = {},
  tasks: readonly Task[] = TASKS,
  stopAt: (event: { readonly kind: string }) => boolean = () => false,
) {
  const fleet = simulatedFleet(TASKS, hosts)
  let running = 0
  let most = 0
  const tell: NonNullable<Given["surroundings"]>["tell"] = event => {
    if (event.kind === "dispatched") most = Math.max(most, ++running)
    if (event.kind === "outcome" && event.outcome.kind !== "skipped") running--
    given.surroundings?.tell?.(event)
    if (stopAt(event)) fleet.stopNow()
  }
  const { options, events } = runOptions(fleet, { ...given, surroundings: { ...given.surroundings, tell } })
  const all = tasks.length === TASKS.length ? tasks : TASKS
  const ran = await runVerb(verb, tasks, all, options)
  return {
    ran,
    words: ran.outcomes.map(inWords),
    events,
    changes: fleet.changes(),
    fleet,
    most,
    took: fleet.clock.now(),
  }
}

/** What becomes of a task that was seen RUNNING, `since` milliseconds on the clock of the run, and that its supervisor does not have. */
async function wordsWhenGone(verb: Verb, since: number): Promise<string | undefined> {
  const host = HOSTS[0]!
  const known = await simulatedFleet(TASKS, {}).host(host.name).processes(new AbortController().signal)
  const seen = { since, processes: new Map([[host, known]]) }
  const { words } = await run(verb, { [host.name]: { programs: [] } }, { seen })
  return words[0]
}
