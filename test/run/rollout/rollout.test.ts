import { describe, expect, test } from "vitest"
import type { JobPolicy } from "../../../src/model/policy.js"
import { inWords } from "../../support/simulated-fleet.js"
import type { Behaviour, Simulated } from "../../support/simulated-rollout.js"
import { type JobSketch, play, type TaskSketch } from "./sketch.js"

const GOOD: Behaviour = { takes: 10_000 }
const MINUTE = 60_000
const NONE = { kind: "count", count: 0 } as const
const HOOK = { argv: ["./hook.sh"], on: "operator", timeout: 300_000 } as const

describe("a broken release", () => {
  const broken = tasks(3, { 0: { change: "fails" }, 1: { change: "fails" }, 2: { change: "fails" } })

  test("stops at the canary and leaves the other region untouched", async () => {
    const run = await play({ jobs: [web({ beijing: broken, shanghai: tasks(2) })] })
    expect(words(run)).toEqual([
      "web.0 failed exited too quickly",
      "web.1 skipped the run stopped after web.0 on web-beijing-0 went wrong",
      "web.2 skipped the run stopped after web.0 on web-beijing-0 went wrong",
      "web.3 skipped the run stopped after web.0 on web-beijing-0 went wrong",
      "web.4 skipped the run stopped after web.0 on web-beijing-0 went wrong",
    ])
    expect(run.halted).toBe("the run stopped after web.0 on web-beijing-0 went wrong")
  })

  test("stops at the canary even where the budget allows failures", async () => {
    const run = await play({
      jobs: [web({ beijing: broken, shanghai: tasks(2) })],
      policy: { maxFailures: { kind: "percent", percent: 80 } },
    })
    expect(changed(run)).toEqual(["web.0"])
    expect(run.halted).toBe("the canary went wrong")
  })

  test("is not carried from a region in which all of it failed to the next, within the budget too", async () => {
    const run = await play({
      jobs: [web({ beijing: broken.slice(1), shanghai: tasks(2) }, { minAvailable: NONE })],
      policy: { maxFailures: { kind: "count", count: 4 }, waves: [["beijing"], ["shanghai"]] },
    })
    expect(changed(run)).toEqual(["web.0", "web.1"])
    expect(run.halted).toBe("everything that was tried in beijing went wrong")
  })

  test("lets the tasks in flight settle and begins no other", async () => {
    const run = await play({
      jobs: [
        web(
          { east: [GOOD, { change: "fails", takes: 1_000 }, GOOD, GOOD, GOOD, GOOD] },
          {
            maxParallel: { kind: "count", count: 3 },
            minAvailable: { kind: "count", count: 1 },
          },
        ),
      ],
      policy: { waves: [["*"]] },
    })
    expect(kinds(run)).toEqual(["changed", "failed", "changed", "skipped", "skipped", "skipped"])
  })

  test("counts at once, also while its postTask still runs", async () => {
    const run = await play({
      jobs: [
        web(
          { east: [{ change: "fails", takes: 1_000 }, { takes: 2_000 }, GOOD] },
          {
            maxParallel: { kind: "count", count: 2 },
            minAvailable: NONE,
            hooks: { postTask: HOOK },
          },
        ),
      ],
      policy: { waves: [["*"]] },
      world: { hookTakes: MINUTE },
    })
    expect(kinds(run)).toEqual(["failed", "changed", "skipped"])
  })
})

describe("the floor", () => {
  test("with one task already down waits for it, and then stops", async () => {
    const run = await play({
      jobs: [
        web({ east: [GOOD, { ...GOOD, planned: false, away: [{ from: 0, until: 1e9, how: "down" }] }] }),
      ],
    })
    expect(words(run)).toEqual([
      "web.0 skipped minAvailable: 1 of 2 tasks of web in east are healthy, and 1 must stay so",
    ])
    expect(run.took).toBeGreaterThan(5 * MINUTE)
    expect(run.log.filter(({ kind }) => kind === "change")).toEqual([])
  })

  test("goes on when the task that is down comes back in time", async () => {
    const run = await play({
      jobs: [
        web({ east: [GOOD, { ...GOOD, planned: false, away: [{ from: 0, until: MINUTE, how: "down" }] }] }),
      ],
    })
    expect(kinds(run)).toEqual(["changed"])
    expect(run.log.find(({ kind }) => kind === "change")?.at).toBeGreaterThanOrEqual(MINUTE)
  })

  test("is no hindrance to a task that is down already", async () => {
    const run = await play({
      jobs: [web({ east: tasks(2, { 0: { before: "down" }, 1: { before: "down" } }) })],
    })
    expect(kinds(run)).toEqual(["changed", "changed"])
  })

  test("takes a task whose host does not answer for one that may be up", async () => {
    const unseen = (n: number) => ({ [n]: { away: [{ from: 0, until: MINUTE, how: "unknown" as const }] } })
    const run = await play({ jobs: [web({ east: tasks(2, { ...unseen(0), ...unseen(1) }) })] })
    expect(run.log.find(({ kind }) => kind === "change")?.at).toBeGreaterThanOrEqual(MINUTE)
  })

  test("of a quorum counts over all regions", async () => {
    const down: TaskSketch = { planned: false, away: [{ from: 0, until: 1e9, how: "down" }] }
    const quorum: Partial<JobPolicy> = { minAvailable: { kind: "quorum" } }
    const two = await play({ jobs: [web({ a: [GOOD, down], b: tasks(2), c: tasks(1) }, quorum)] })
    expect(kinds(two)).toEqual(["changed", "changed", "changed", "changed"])
    const three = await play({ jobs: [web({ a: [GOOD, down], b: [GOOD, down], c: tasks(1) }, quorum)] })
    expect(kinds(three)).toEqual(["skipped", "skipped", "skipped"])
    expect(three.halted).toBe("minAvailable: 3 of 5 tasks of web are healthy, and 3 must stay so")
  })

  test("is asked again after a long drain, in which another task went down", async () => {
    const other: TaskSketch = { planned: false, away: [{ from: 30_000, until: 1e9, how: "down" }] }
    const run = await play({
      jobs: [web({ east: [GOOD, other] }, { hooks: { preTask: HOOK, postTask: HOOK } })],
      world: { drains: true, hookTakes: MINUTE },
    })
    expect(kinds(run)).toEqual(["skipped"])
    expect(hooks(run)).toContain("postTask web.0")
    expect(run.log.filter(({ kind }) => kind === "change")).toEqual([])
  })
})

describe("jobs that come after each other", () => {
  const chain = (zookeeper: readonly TaskSketch[]): readonly JobSketch[] => [
    { name: "web", tasks: { east: tasks(2) }, policy: { after: ["broker"] } },
    { name: "broker", tasks: { east: tasks(2) }, policy: { after: ["zookeeper"] } },
    { name: "zookeeper", tasks: { east: zookeeper } },
  ]

  test("begin when the one before is healthy, and stop the other way round", async () => {
    const run = await play({ jobs: chain(tasks(2)) })
    const forward = ["zookeeper.0", "zookeeper.1", "broker.0", "broker.1", "web.0", "web.1"]
    expect(changed(run)).toEqual(forward)
    const stop = await play({ verb: "stop", jobs: chain(tasks(2)) })
    expect(changed(stop)).toEqual(["web.0", "web.1", "broker.0", "broker.1", "zookeeper.0", "zookeeper.1"])
  })

  test("do not begin when the one before failed, within the budget too", async () => {
    const run = await play({
      jobs: chain(tasks(4, { 1: { change: "fails" } })),
      policy: { maxFailures: { kind: "count", count: 2 } },
    })
    expect(changed(run)).toEqual(["zookeeper.0", "zookeeper.1", "zookeeper.2", "zookeeper.3"])
    expect(run.halted).toBe("zookeeper is not healthy, and broker comes after it")
  })

  test("wait for one before that went down again after its change", async () => {
    const run = await play({
      verb: "restart",
      jobs: chain([GOOD, { ...GOOD, away: [{ from: 20_000, until: MINUTE, how: "down" }] }]),
    })
    const begins = run.log.find(entry => entry.kind === "change" && entry.task.name === "broker.0")
    expect(begins?.at).toBeGreaterThanOrEqual(MINUTE)
  })

  test("side by side: independent ones share the regions that may be changed at once", async () => {
    const jobs = [web({ east: tasks(1), west: tasks(1) }), { name: "db", tasks: { west: tasks(1) } }]
    const run = await play({ verb: "restart", jobs })
    expect(changed(run)).toEqual(["web.0", "db.0", "web.1"])
    const begins = run.log.flatMap(entry => (entry.kind === "change" ? [entry.at] : []))
    expect(begins[1]).toBe(begins[2])
    expect(begins[1]).toBeGreaterThan(begins[0] as number)
  })
})

describe("a pause", () => {
  const jobs = [web({ east: tasks(4, { 1: { change: "fails" } }), west: tasks(1) })]

  test("goes on after a yes, and forgives what was", async () => {
    const run = await play({ jobs, onFailure: "pause", world: { answers: [true] } })
    expect(kinds(run)).toEqual(["changed", "failed", "changed", "changed", "changed"])
    expect(run.halted).toBeUndefined()
    expect(questions(run)).toEqual(["the run stopped after web.1 on web-east-1 went wrong"])
  })

  test("ends after a no, and does not ask again", async () => {
    const run = await play({ jobs, onFailure: "pause", world: { answers: [false, true] } })
    expect(kinds(run)).toEqual(["changed", "failed", "skipped", "skipped", "skipped"])
    expect(questions(run)).toHaveLength(1)
  })

  test("does not lose the tasks that waited for a floor meanwhile", async () => {
    const run = await play({
      jobs: [
        web(
          {
            east: [
              { change: "fails", takes: 1_000, before: "down" },
              { takes: 1_000 },
              { planned: false },
              { planned: false, away: [{ from: 0, until: MINUTE, how: "down" }] },
            ],
          },
          { maxParallel: { kind: "count", count: 2 } },
        ),
      ],
      policy: { waves: [["*"]] },
      onFailure: "pause",
      world: { answers: [true], answerTakes: 2 * MINUTE },
    })
    expect(kinds(run)).toEqual(["failed", "changed"])
  })

  test("does not end the watching of another region", async () => {
    const run = await play({
      jobs: [
        web({
          east: tasks(1, { 0: { flapsAfter: 25_000 } }),
          west: [{ change: "fails", takes: 15_000 }, GOOD],
        }),
      ],
      policy: { waves: [["*"]], maxParallelRegions: 2, maxFailures: { kind: "count", count: 0 } },
      onFailure: "pause",
      world: { answers: [true] },
    })
    expect(words(run)[0]).toContain("it was restarted")
  })

  test("asks again about what went wrong while the question stood", async () => {
    const run = await play({
      jobs: [
        web(
          { east: [{ change: "fails", takes: 1_000 }, { change: "fails", takes: 5_000 }, GOOD, GOOD] },
          {
            maxParallel: { kind: "count", count: 2 },
            minAvailable: { kind: "count", count: 1 },
          },
        ),
      ],
      policy: { waves: [["*"]] },
      onFailure: "pause",
      world: { answers: [true, false], answerTakes: MINUTE },
    })
    expect(questions(run)).toEqual([
      "the run stopped after web.0 on web-east-0 went wrong",
      "the run stopped after web.1 on web-east-1 went wrong",
    ])
    expect(kinds(run)).toEqual(["failed", "failed", "skipped", "skipped"])
  })
})

test("a gate that shuts while a question stands is asked about, too", async () => {
  const run = await play({
    verb: "restart",
    jobs: [
      web({ east: tasks(4, { 0: { change: "fails" } }) }),
      { name: "db", tasks: { east: tasks(2, { 0: { takes: 1_000 } }) } },
    ],
    onFailure: "pause",
    world: { gateTakes: MINUTE, shutGates: [0], answers: [true, false], answerTakes: 2 * MINUTE },
  })
  expect(questions(run)).toEqual([
    "the run stopped after web.0 on web-east-0 went wrong; the canary went wrong",
    "the gate before east is shut: no",
  ])
  expect(changed(run)).toEqual(["web.0", "db.0"])
})

describe("a bake", () => {
  test("counts a task that flaps while it is watched", async () => {
    const run = await play({ jobs: [web({ east: tasks(2, { 0: { flapsAfter: 5_000 } }) })] })
    expect(words(run)[0]).toBe("web.0 failed it did not stay healthy while it was watched: it was restarted")
    expect(kinds(run)).toEqual(["failed", "skipped"])
  })

  test("sees a restart in its last second", async () => {
    const run = await play({
      jobs: [web({ east: tasks(2, { 0: { flapsAfter: 14_900 } }) })],
      policy: { bake: 15_000 },
    })
    expect(kinds(run)).toEqual(["failed", "skipped"])
  })

  test("forgives one bad reading", async () => {
    const away = [{ from: 15_000, until: 16_000, how: "unknown" as const }]
    const run = await play({ jobs: [web({ east: tasks(2, { 0: { away } }) })] })
    expect(kinds(run)).toEqual(["changed", "changed"])
  })

  test("ends when a gate shuts", async () => {
    const run = await play({ jobs: [web({ east: tasks(2) })], world: { shutBakes: [0] } })
    expect(run.halted).toBe("a gate shut while canary was watched: no")
    expect(kinds(run)).toEqual(["changed", "skipped"])
  })

  test("does not watch what was stopped, whatever the policy says", async () => {
    const run = await play({ verb: "stop", jobs: [web({ east: tasks(2) })], policy: { bake: MINUTE } })
    expect(kinds(run)).toEqual(["changed", "changed"])
  })
})

describe("the progress deadline", () => {
  const slow: Behaviour = { change: "fails", takes: 4 * MINUTE }

  test("stops a run in which nothing becomes healthy, within the budget too", async () => {
    const run = await play({
      jobs: [web({ east: [GOOD, slow, slow, slow, slow, slow] })],
      policy: { maxFailures: { kind: "count", count: 9 }, progressDeadline: 10 * MINUTE },
      verb: "restart",
    })
    expect(kinds(run)).toEqual(["changed", "failed", "failed", "failed", "skipped", "skipped"])
    expect(run.halted).toBe("nothing became healthy within the progressDeadline")
  })

  test.each([
    ["a gate", { gateTakes: 20 * MINUTE }, {}],
    ["a hook", { hookTakes: 20 * MINUTE }, {}],
    ["a bake", {}, { bake: 20 * MINUTE, bakeRegion: 20 * MINUTE }],
  ])("does not count the time of %s", async (_, world, policy) => {
    const run = await play({
      jobs: [web({ east: tasks(2), west: tasks(1) }, { hooks: { preWave: HOOK } })],
      policy,
      world,
    })
    expect(kinds(run)).toEqual(["changed", "changed", "changed"])
  })
})

describe("hooks", () => {
  test("the undo runs after a failure, and after a drain that failed", async () => {
    const run = await play({
      jobs: [
        web(
          { east: tasks(3, { 1: { change: "fails" } }) },
          { minAvailable: NONE, hooks: { preTask: HOOK, postTask: HOOK } },
        ),
      ],
      policy: { waves: [["*"]], maxFailures: { kind: "count", count: 1 } },
      world: { failingHooks: { preTask: [2] } },
    })
    expect(words(run)).toEqual([
      "web.0 changed 2.0.0",
      "web.1 failed exited too quickly",
      "web.2 failed the hook preTask failed: exit status 1",
    ])
    expect(hooks(run).filter(hook => hook.startsWith("postTask"))).toEqual([
      "postTask web.0",
      "postTask web.1",
      "postTask web.2",
    ])
  })

  test("a task that stays drained has failed", async () => {
    const run = await play({
      jobs: [web({ east: tasks(2) }, { hooks: { postTask: HOOK } })],
      world: { failingHooks: { postTask: [0] } },
    })
    expect(words(run)[0]).toBe("web.0 failed the hook postTask failed: exit status 1")
    expect(kinds(run)).toEqual(["failed", "skipped"])
  })

  test("an interrupt during a drain leaves the task as it is, and undrains it", async () => {
    const run = await play({
      jobs: [web({ east: tasks(2) }, { hooks: { preTask: HOOK, postTask: HOOK } })],
      world: { hookTakes: MINUTE, interruptAt: 30_000 },
    })
    expect(kinds(run)).toEqual(["skipped", "skipped"])
    expect(hooks(run)).toEqual([
      "preDeploy web",
      "preWave web",
      "preTask web.0",
      "postTask web.0",
      "onFinish web",
    ])
    expect(run.halted).toBeUndefined()
  })

  test("those of a job that never begins do not run, but onFinish does", async () => {
    const run = await play({
      jobs: [
        { name: "zookeeper", tasks: { east: tasks(1, { 0: { change: "fails" } }) } },
        web({ east: tasks(1) }, { after: ["zookeeper"] }),
      ],
    })
    expect(hooks(run).filter(hook => hook.endsWith(" web"))).toEqual(["onFailure web", "onFinish web"])
  })

  test("failures that nothing waits for are kept", async () => {
    const run = await play({
      jobs: [web({ east: tasks(1) }, { hooks: { postDeploy: HOOK, onFinish: HOOK } })],
      world: { failingHooks: { postDeploy: [0], onFinish: [0] } },
    })
    expect(run.halted).toBeUndefined()
    expect(run.hookFailures).toEqual([
      "the hook postDeploy failed: exit status 1",
      "the hook onFinish failed: exit status 1",
    ])
  })
})

test("a gate that is shut ends the run before its wave", async () => {
  const run = await play({ jobs: [web({ east: tasks(2), west: tasks(1) })], world: { shutGates: [1] } })
  expect(kinds(run)).toEqual(["changed", "changed", "skipped"])
  expect(run.halted).toBe("the gate before west is shut: no")
})

function web(tasks: JobSketch["tasks"], policy: Partial<JobPolicy> = {}): JobSketch {
  return { name: "web", tasks, policy }
}

/** So many tasks; all go well but those that are said to behave in another way. */
function tasks(count: number, others: Readonly<Record<number, TaskSketch>> = {}): readonly TaskSketch[] {
  return Array.from({ length: count }, (_, n) => ({ ...GOOD, ...others[n] }))
}

function words({ outcomes }: Simulated): readonly string[] {
  return [...outcomes].map(([task, outcome]) => `${task.name} ${inWords(outcome)}`)
}

function kinds({ outcomes }: Simulated): readonly string[] {
  return [...outcomes.values()].map(({ kind }) => kind)
}

function changed({ log }: Simulated): readonly string[] {
  return log.flatMap(entry => (entry.kind === "change" ? [entry.task.name] : []))
}

function questions({ log }: Simulated): readonly string[] {
  return log.flatMap(entry => (entry.kind === "asked" ? [entry.why] : []))
}

function hooks({ log }: Simulated): readonly string[] {
  return log.flatMap(entry =>
    entry.kind === "hook" ? [`${entry.name} ${entry.about.task?.name ?? entry.about.job}`] : [],
  )
}
