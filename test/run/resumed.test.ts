import { describe, expect, test } from "vitest"
import type { Outcome } from "../../src/model/outcome.js"
import type { Prior, Resumed, Seen } from "../../src/plan/resume.js"
import { inTruth, settleTask } from "../../src/run/resumed.js"
import { runVerb } from "../../src/run/verbs.js"
import { existingTask, fakeHost, tasksOn } from "../support/fleet.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions, SimulatedProgram } from "../support/simulated-host.js"
import { ALL_AT_ONCE, runOptions } from "./run-options.js"

const TASKS = tasksOn([fakeHost("h-1"), fakeHost("h-2")])
const RUNS = { name: "web", state: "RUNNING" } as const
const DONE: Prior = { kind: "done", attempt: 2 }

describe("a restart that goes on", () => {
  test.each<[string, SimulatedProgram, Prior | undefined, string, readonly string[]]>([
    [
      "leaves alone what was done",
      RUNS,
      { kind: "done", attempt: 2 },
      "unchanged done before the run was cut short",
      [],
    ],
    [
      "does again what was done and does not run any more",
      { name: "web" },
      { kind: "done", attempt: 2 },
      "changed RUNNING, pid 101",
      ["start"],
    ],
    [
      "does what failed",
      RUNS,
      { kind: "undone", attempt: 2 },
      "changed RUNNING, pid 101 (was 100)",
      ["stop", "start"],
    ],
    ["does what was not begun", RUNS, undefined, "changed RUNNING, pid 101 (was 100)", ["stop", "start"]],
    ["does what was not sent", RUNS, open(), "changed RUNNING, pid 101 (was 100)", ["stop", "start"]],
    [
      "starts what was only stopped",
      { name: "web" },
      open(),
      "changed RUNNING, pid 101 (was 100)",
      ["start"],
    ],
    [
      "waits for what was started, and touches it no more",
      RUNS,
      open({ pid: 99 }),
      "changed RUNNING, pid 100 (was 99)",
      [],
    ],
  ])("%s", async (_, program, prior, expected, changes) => {
    const { outcomes, fleet } = await resumed({ "h-1": { programs: [program] } }, prior)
    expect(inWords(outcomes[0]!)).toBe(expected)
    expect(fleet.changes().filter(change => change.startsWith("h-1"))).toEqual(
      changes.map(change => `h-1: ${change} web`),
    )
  })

  test("that does not begin says done only of what it saw to be so", async () => {
    const dead: SimulatedHostOptions = { programs: [RUNS], trouble: { processes: ["refused"] } }
    const words = async (first: SimulatedProgram): Promise<readonly string[]> => {
      const { outcomes } = await resumed({ "h-1": { programs: [first] }, "h-2": dead }, DONE)
      return outcomes.map(outcome => inWords(inTruth(outcome, DONE)).split(" ")[0] as string)
    }
    expect(await words(RUNS)).toEqual(["unchanged", "unreachable"])
    expect(await words({ name: "web" })).toEqual(["skipped", "unreachable"])
  })

  test("says unknown of what it cannot ask", async () => {
    const dead: SimulatedHostOptions = { programs: [RUNS], trouble: { processes: ["refused"] } }
    const { outcomes } = await resumed({ "h-1": dead }, open(), 1)
    expect(inWords(inTruth(outcomes[0]!, open()))).toBe("unreachable refused (unknown)")
  })
})

test("a start that goes on looks at each process of a group when it comes to it", async () => {
  const task = existingTask("web.0", fakeHost("h-1"), "web:*")
  const fleet = simulatedFleet([task], {
    "h-1": {
      programs: [
        { name: "web:a", startsecs: 10 },
        { name: "web:b", state: "RUNNING" },
      ],
    },
  })
  const { effects } = fleet
  const signal = effects.signals.aborting
  const other = effects.clock.sleep(5_000, signal).then(() => fleet.host("h-1").stop("web:b", signal))
  const outcome = await settleTask("start", task, [], effects, { deadline: 30_000, minHealthy: 1_000 })
  await other
  expect(inWords(outcome)).toBe("changed RUNNING, pid 101; RUNNING, pid 101")
  expect(fleet.changes()).toEqual(["h-1: start web:a", "h-1: start web:b"])
})

describe("what a resumed run did not come to", () => {
  const about = { task: "web.0", host: "h-1", region: "east", endpoint: "http://192.0.2.1:9001" }
  test.each<[string, Prior | undefined, string]>([
    ["was not touched", undefined, "skipped it was halted"],
    ["was done, and nobody saw that it still is so", { kind: "done", attempt: 2 }, "skipped it was halted"],
    ["is unknown", open(), "unreachable cancelled (unknown)"],
  ])("%s", (_, prior, expected) => {
    const outcome: Outcome = { ...about, kind: "skipped", why: "it was halted" }
    expect(inWords(inTruth(outcome, prior))).toBe(expected)
  })
})

describe("a record of each change", () => {
  test("stands before it is sent, and says what was read just then", async () => {
    const fleet = simulatedFleet(TASKS)
    const noted: string[] = []
    const { options } = runOptions(fleet, ALL_AT_ONCE)
    const record = {
      change: async ({ task, step, before }: { task: string; step: string; before: readonly Seen[] }) => {
        noted.push(`${step} ${task} ${before.map(({ pid }) => pid)} after ${fleet.changes().length} calls`)
        return undefined
      },
      outcome: () => {},
    }
    const jobPolicy = (job: Parameters<typeof options.jobPolicy>[0]) => ({
      ...options.jobPolicy(job),
      maxParallel: { kind: "count", count: 1 } as const,
    })
    await runVerb("restart", TASKS, TASKS, { ...options, jobPolicy, record })
    expect(noted).toEqual(["restart web.0 100 after 0 calls", "restart web.1 100 after 2 calls"])
  })

  test("that cannot be written ends the run before the change", async () => {
    const fleet = simulatedFleet(TASKS)
    const { options } = runOptions(fleet, ALL_AT_ONCE)
    const record = { change: async () => "the journal is full", outcome: () => {} }
    const ran = await runVerb("restart", TASKS, TASKS, { ...options, record })
    expect(fleet.changes()).toEqual([])
    expect([ran.halted, ...ran.outcomes.map(inWords)]).toEqual([
      "the journal is full",
      "skipped the journal is full",
      "skipped the journal is full",
    ])
  })
})

function open(before: Partial<Seen> = {}): Prior {
  const seen: Seen = {
    name: "web",
    group: "web",
    pid: 100,
    start: 1_700_000_000 - 1_000,
    stop: 0,
    now: 1_700_000_000,
    state: "RUNNING",
    ...before,
  }
  return { kind: "open", attempt: 1, step: "restart", before: [seen] }
}

/** A restart of two tasks, of which the first has a past. */
async function resumed(
  hosts: Readonly<Record<string, SimulatedHostOptions>>,
  prior: Prior | undefined,
  skipUnreachable = 0,
) {
  const fleet = simulatedFleet(TASKS, hosts)
  const past: Resumed = { part: 2, prior: new Map(prior ? [["web.0", prior]] : []), targets: {} }
  const { options } = runOptions(fleet, { ...ALL_AT_ONCE, skipUnreachable })
  const { outcomes } = await runVerb("restart", TASKS, TASKS, { ...options, resumed: past })
  return { outcomes, fleet }
}
