import { describe, expect, test } from "vitest"
import { inWords } from "../../support/simulated-fleet.js"
import type { Simulated } from "../../support/simulated-rollout.js"
import { type JobSketch, play, type Sketch, type TaskSketch } from "./sketch.js"

const GOOD: TaskSketch = { takes: 10_000 }
const BROKEN: TaskSketch = { takes: 10_000, change: "fails" }
const MINUTE = 60_000

describe("a way back", () => {
  test("puts the broken ones back at once, then the healthy ones one by one, and touches no other", async () => {
    const run = await revert({ jobs: [web([GOOD, GOOD, BROKEN, BROKEN, GOOD])], policy: budget(1) })
    expect(words(run)).toEqual([
      "web.0 changed put back: 1.0.0",
      "web.1 changed put back: 1.0.0",
      "web.2 failed exited too quickly",
      "web.3 failed exited too quickly",
      "web.4 skipped the run stopped after 2 failures, the last: web.3 on web-east-3 went wrong",
    ])
    expect(steps(run)).toEqual([
      "revert web.2",
      "revert web.3",
      "reverted web.2",
      "reverted web.3",
      "revert web.0",
      "reverted web.0",
      "revert web.1",
      "reverted web.1",
    ])
    expect(run.reverted).toBe(4)
    expect([...run.onNew]).toEqual([])
  })

  test("says of a failed task that it was put back", async () => {
    const run = await revert({ jobs: [web([BROKEN])] })
    expect([...run.outcomes.values()]).toMatchObject([{ evidence: { hint: "put back: 1.0.0" } }])
  })

  test("names a task that cannot be put back, and goes on with the others", async () => {
    const run = await revert({ jobs: [web([GOOD, { ...BROKEN, stuck: true }, GOOD, GOOD])] })
    expect(words(run).slice(0, 2)).toEqual([
      "web.0 changed put back: 1.0.0",
      "web.1 failed could not be put back: exited too quickly",
    ])
    expect(run.reverted).toBe(1)
  })

  test("stays above the floor, and names the healthy tasks that it had to leave", async () => {
    const gone: TaskSketch = { planned: false, away: [{ from: 20_000, until: 1e9, how: "down" }] }
    const run = await revert({ jobs: [web([GOOD, { ...BROKEN, stuck: true }, gone, GOOD])] })
    expect(words(run)[0]).toBe(
      "web.0 failed was not put back: minAvailable: 2 of 4 tasks of web in east are healthy, and 2 must stay so",
    )
    expect(steps(run)).toEqual(["revert web.1", "reverted web.1"])
  })

  test("takes a task that went wrong and is up for healthy: not all of them at once", async () => {
    const flaps: TaskSketch = { ...GOOD, flapsAfter: 15_000 }
    const run = await revert({
      jobs: [web([flaps, flaps, flaps, flaps])],
      policy: { waves: [["*"]], bakeRegion: MINUTE },
    })
    const one = ["revert", "reverted"]
    expect(steps(run).map(step => step.split(" ")[0])).toEqual([...one, ...one, ...one, ...one])
    expect(run.reverted).toBe(4)
  })

  test("leaves alone what was never changed: a drain that failed, a host that was away", async () => {
    const hooks = { preTask: { argv: ["./drain.sh"], on: "operator", timeout: MINUTE } } as const
    const run = await revert({
      jobs: [{ ...web([GOOD, GOOD, { ...GOOD, change: "refused" }, GOOD]), policy: { hooks } }],
      policy: { ...budget(1), waves: [["*"]] },
      world: { failingHooks: { preTask: [1] } },
    })
    expect(steps(run)).toEqual(["revert web.0", "reverted web.0"])
  })

  test("ends with an interrupt, and names what it left", async () => {
    const run = await revert({
      jobs: [web([GOOD, GOOD, BROKEN, GOOD])],
      policy: { waves: [["*"]] },
      world: { interruptAt: 35_000 },
    })
    expect(steps(run)).toEqual(["revert web.2", "reverted web.2"])
    expect(words(run).slice(0, 3)).toEqual([
      "web.0 failed was not put back: the run was interrupted before it",
      "web.1 failed was not put back: the run was interrupted before it",
      "web.2 failed exited too quickly",
    ])
  })

  test("is none after an interrupt", async () => {
    const run = await revert({ jobs: [web([GOOD, BROKEN])], world: { interruptAt: 5_000 } })
    expect(words(run)[0]).toBe("web.0 changed 2.0.0")
    expect(steps(run)).toEqual([])
  })

  test.each(["restart", "start", "stop"] as const)(
    "is none for a %s, which has no release before",
    async verb => {
      const run = await revert({ verb, jobs: [web([BROKEN, GOOD])] })
      expect(steps(run)).toEqual([])
      expect(run.reverted).toBe(0)
    },
  )
})

function revert(sketch: Sketch): Promise<Simulated> {
  return play({ ...sketch, onFailure: "revert" })
}

function web(east: readonly TaskSketch[]): JobSketch {
  return { name: "web", tasks: { east }, policy: {} }
}

function budget(count: number): NonNullable<Sketch["policy"]> {
  return { maxFailures: { kind: "count", count } }
}

function words({ outcomes }: Simulated): readonly string[] {
  return [...outcomes].map(([task, outcome]) => `${task.name} ${inWords(outcome)}`)
}

function steps({ log }: Simulated): readonly string[] {
  return log.flatMap(entry =>
    entry.kind === "revert" || entry.kind === "reverted" ? [`${entry.kind} ${entry.task.name}`] : [],
  )
}
