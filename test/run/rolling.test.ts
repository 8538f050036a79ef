import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Outcome, OutcomeKind } from "../../src/model/outcome.js"
import { byRegion, rolling } from "../../src/run/rolling.js"
import { subject } from "../../src/run/view.js"
import { fakeHost, tasksOn } from "../support/fleet.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal

interface Plan {
  readonly region: string
  readonly takes: number
  readonly kind: Exclude<OutcomeKind, "skipped">
}

interface Event {
  readonly what: "began" | "ended" | "stopped"
  readonly task?: Task
  readonly bad?: boolean
}

describe("rolling", () => {
  const plans = fc.array(
    fc.record<Plan>({
      region: fc.constantFrom("a", "b", "c"),
      takes: fc.integer({ min: 1, max: 100 }),
      kind: fc.constantFrom("changed", "changed", "changed", "changed", "unchanged", "failed", "unreachable"),
    }),
    { maxLength: 30 },
  )
  const parallel = fc.integer({ min: 1, max: 5 })
  const stopAt = fc.option(fc.integer({ min: 0, max: 500 }), { nil: undefined })

  const holds = (property: (run: Awaited<ReturnType<typeof roll>>, parallel: number) => void) =>
    fc.assert(
      fc.asyncProperty(plans, parallel, stopAt, async (plan, parallel, stopAt) =>
        property(await roll(plan, parallel, stopAt), parallel),
      ),
      { numRuns: 100, seed: 7 },
    )

  test("gives one outcome for each task, in their order, and tells of each once", () =>
    holds(({ tasks, outcomes, followed }) => {
      expect(outcomes.map(outcome => outcome.task)).toEqual(tasks.map(task => task.name))
      expect(followed.map(outcome => outcome.task).sort()).toEqual(tasks.map(task => task.name).sort())
    }))

  test("never loses a task: every one was changed or skipped", () =>
    holds(({ outcomes, events }) => {
      const began = events.filter(event => event.what === "began").map(event => event.task?.name)
      const touched = outcomes.filter(outcome => outcome.kind !== "skipped").map(outcome => outcome.task)
      expect([...began].sort()).toEqual([...touched].sort())
    }))

  test("never changes more than `parallel` tasks at once", () =>
    holds(({ events }, parallel) => {
      let inFlight = 0
      for (const { what } of events) {
        inFlight += what === "began" ? 1 : what === "ended" ? -1 : 0
        expect(inFlight).toBeLessThanOrEqual(parallel)
      }
    }))

  test("begins a region when the one before is done", () =>
    holds(({ events, tasks }) => {
      const touched = events.flatMap(event => (event.task ? [event.task.host.region] : []))
      const runs = touched.filter((region, n) => region !== touched[n - 1])
      const order = [...new Set(tasks.map(task => task.host.region))]
      expect(runs).toEqual(order.slice(0, runs.length))
    }))

  test("begins nothing after the first bad outcome, or after the operator stopped it", () =>
    holds(({ events }) => {
      const end = events.findIndex(event => event.what === "stopped" || event.bad)
      const after = end === -1 ? [] : events.slice(end + 1)
      expect(after.filter(event => event.what === "began")).toEqual([])
    }))

  test("says which task stopped it", async () => {
    const { outcomes } = await roll(
      [
        { region: "a", takes: 10, kind: "failed" },
        { region: "a", takes: 10, kind: "changed" },
        { region: "b", takes: 10, kind: "changed" },
      ],
      1,
    )
    expect(outcomes.map(whyOf)).toEqual([
      "failed",
      "the run stopped after web.0 on host-0 went wrong",
      "the run stopped after web.0 on host-0 went wrong",
    ])
  })

  test("names the first of several that went wrong", async () => {
    const bad: Plan = { region: "a", takes: 10, kind: "failed" }
    const { outcomes } = await roll([bad, { ...bad, takes: 5_000 }, { ...bad, region: "b" }], 2)
    expect(whyOf(outcomes[2]!)).toBe("the run stopped after web.0 on host-0 went wrong")
  })

  test("lets what runs finish when the operator stops it", async () => {
    const plan: Plan = { region: "a", takes: 100, kind: "changed" }
    const { outcomes } = await roll([plan, plan, plan], 2, 50)
    expect(outcomes.map(whyOf)).toEqual(["changed", "changed", "the run was interrupted before it"])
  })
})

test("byRegion keeps the order in which regions and tasks appear", () => {
  const tasks = tasksOn(["b", "a", "b", "a"].map((region, n) => fakeHost(`host-${n}`, region)))
  expect(byRegion(tasks).map(region => region.map(task => task.name))).toEqual([
    ["web.0", "web.2"],
    ["web.1", "web.3"],
  ])
})

async function roll(plans: readonly Plan[], parallel: number, stopAt?: number) {
  const clock = simulatedClock()
  const tasks = tasksOn(plans.map(({ region }, n) => fakeHost(`host-${n}`, region)))
  const planOf = new Map(tasks.map((task, n) => [task, plans[n] as Plan]))
  const events: Event[] = []
  const followed: Outcome[] = []
  const stopping = new AbortController()
  if (stopAt !== undefined)
    void clock.sleep(stopAt, NEVER).then(() => {
      stopping.abort()
      events.push({ what: "stopped" })
    })
  const outcomes = await rolling(
    tasks,
    parallel,
    { stopping: stopping.signal, aborting: NEVER },
    async task => {
      const { takes, kind } = planOf.get(task) as Plan
      events.push({ what: "began", task })
      await clock.sleep(takes, NEVER)
      events.push({ what: "ended", task, bad: kind === "failed" || kind === "unreachable" })
      return outcomeOf(task, kind)
    },
    outcome => followed.push(outcome),
  )
  return { tasks, outcomes, events, followed }
}

function outcomeOf(task: Task, kind: Plan["kind"]): Outcome {
  const failure = { reason: "refused", message: "", hint: "", maybeDelivered: false } as const
  switch (kind) {
    case "changed":
    case "unchanged":
      return { ...subject(task), kind, note: "" }
    case "failed":
      return { ...subject(task), kind, evidence: { message: "" } }
    case "unreachable":
      return { ...subject(task), kind, failure, unknown: false }
  }
}

function whyOf(outcome: Outcome): string {
  return outcome.kind === "skipped" ? outcome.why : outcome.kind
}
