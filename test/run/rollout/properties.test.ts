import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { Task } from "../../../src/model/cluster.js"
import { OUTCOME_KINDS, type Outcome } from "../../../src/model/outcome.js"
import { leastTime, planRollout, type RolloutPlan, tasksOf } from "../../../src/plan/rollout-plan.js"
import { type Entry, simulateRollout } from "../../support/simulated-rollout.js"
import { anyRollout, goodRollout } from "./random-rollouts.js"
import { play, type Sketch } from "./sketch.js"

/** Another seed finds other rollouts: SEED=7 npx vitest run test/run/rollout */
const SEED = Number(process.env.SEED ?? 20_260_131)
const RUNS = Number(process.env.RUNS ?? 300)

type Played = Awaited<ReturnType<typeof playAll>>

async function playAll(sketch: Sketch) {
  const played = await play(sketch)
  return { ...played, sketch, tasks: played.plan.jobs.flatMap(tasksOf) }
}

const holds = (property: (played: Played) => void, sketches = anyRollout): Promise<void> =>
  fc.assert(
    fc.asyncProperty(sketches, async sketch => property(await playAll(sketch))),
    { numRuns: RUNS, seed: SEED },
  )

describe("in any fleet, by any policy, whatever happens", () => {
  test("it ends, and within a day", () =>
    holds(({ took }) => {
      expect(took).toBeLessThan(24 * 3_600_000)
    }))

  test("every planned task has exactly one outcome, and the counts add up", () =>
    holds(({ outcomes, tasks, log }) => {
      expect([...outcomes.keys()]).toEqual(tasks)
      const kinds = [...outcomes.values()].map(outcome => outcome.kind)
      const sum = OUTCOME_KINDS.reduce((sum, kind) => sum + kinds.filter(one => one === kind).length, 0)
      expect(sum).toBe(tasks.length)
      for (const [task, outcome] of outcomes) {
        expect([outcome.task, outcome.host]).toEqual([task.name, task.host.name])
        expect(told(log, task).at(-1)).toEqual(outcome)
      }
    }))

  test("a task is changed at most once, and one that was skipped never was", () =>
    holds(({ outcomes, log, tasks }) => {
      const changed = log.flatMap(entry => (entry.kind === "change" ? [entry.task] : []))
      expect(new Set(changed).size).toBe(changed.length)
      for (const task of changed) expect(outcomes.get(task)?.kind).not.toBe("skipped")
      for (const task of tasks) {
        const kind = outcomes.get(task)?.kind
        if (kind === "changed" || kind === "unchanged") expect(changed).toContain(task)
      }
    }))

  test("never more than maxParallel tasks of a job in a region are in flight", () =>
    holds(({ plan, log }) => {
      const flying = new Map<string, number>()
      for (const { task, begins } of flights(log)) {
        const where = `${task.job.name} ${task.host.region}`
        flying.set(where, (flying.get(where) ?? 0) + (begins ? 1 : -1))
        expect(flying.get(where)).toBeLessThanOrEqual(parallelOf(task, plan))
      }
    }))

  test("never more regions at once than maxParallelRegions, over all jobs", () =>
    holds(({ plan, log }) => {
      const flying: Task[] = []
      for (const { task, begins } of flights(log)) {
        if (begins) flying.push(task)
        else flying.splice(flying.indexOf(task), 1)
        const regions = new Set(flying.map(one => one.host.region))
        expect(regions.size).toBeLessThanOrEqual(plan.maxParallelRegions)
      }
    }))

  test("never fewer than minAvailable tasks in service by our own hand, also while putting back", () =>
    holds(({ ownHand }) => {
      for (const { task, left, atLeast } of ownHand) expect(left, task.name).toBeGreaterThanOrEqual(atLeast)
    }))

  test("nothing is changed after a halt: budget, floor, gate, hook or interrupt", () =>
    holds(({ plan, log }) => {
      const halted = haltWatch(plan)
      for (const entry of log) {
        halted.see(entry)
        if (entry.kind === "change") expect(halted.why()).toBeUndefined()
        // What follows a decision in the same instant may have been begun before it.
        if (isBeginning(entry)) expect(halted.whyBefore(entry.at)).toBeUndefined()
      }
    }))

  test("an interrupt also ends the way back", () =>
    holds(({ log }) => {
      const end = log.findIndex(entry => entry.kind === "interrupted")
      const after = end === -1 ? [] : log.slice(end)
      expect(after.filter(entry => entry.kind === "change" || entry.kind === "revert")).toEqual([])
    }))

  test("waves of a job come one after another", () =>
    holds(({ plan, log }) => {
      const settled = new Set<Task>()
      for (const entry of log) {
        if (entry.kind === "told" && entry.event.kind === "outcome")
          settled.add(taskOf(entry.event.outcome, plan))
        if (entry.kind !== "change") continue
        const { waves } = plan.jobs.find(({ job }) => job === entry.task.job)!
        const nth = waves.findIndex(wave => wave.shares.some(share => share.tasks.includes(entry.task)))
        for (const wave of waves.slice(0, nth))
          for (const share of wave.shares)
            for (const task of share.tasks) expect(settled.has(task)).toBe(true)
      }
    }))

  test("in a window of one, tasks are dispatched in the order of the plan", () =>
    holds(({ plan, log }) => {
      const dispatched = log.flatMap(entry =>
        entry.kind === "told" && entry.event.kind === "dispatched" ? [entry.event.task] : [],
      )
      for (const { waves } of plan.jobs)
        for (const share of waves.flatMap(wave => wave.shares).filter(({ parallel }) => parallel === 1)) {
          const own = dispatched.filter(task => share.tasks.includes(task))
          expect(own).toEqual(share.tasks.filter(task => own.includes(task)))
        }
    }))

  test("a canary or a whole region that went wrong is followed by no other wave, unless someone says so", () =>
    holds(({ plan, log, sketch }) => {
      // While a question about something else stands, its answer is not about a region that is lost meanwhile.
      if (plan.jobs.length > 1 && sketch.onFailure === "pause") return
      const lost = new Map<string, number>()
      const outcomes = new Map<Task, Outcome>()
      for (const entry of log) {
        if (entry.kind === "answered" && entry.yes) lost.clear()
        if (entry.kind !== "told") continue
        if (entry.event.kind === "wave") for (const at of lost.values()) expect(at).toBe(entry.at)
        if (entry.event.kind === "reverting") return
        if (entry.event.kind !== "outcome") continue
        const task = taskOf(entry.event.outcome, plan)
        outcomes.set(task, entry.event.outcome)
        const { region } = task.host
        const { waves } = plan.jobs.find(({ job }) => job === task.job)!
        const nth = waves.findIndex(wave => wave.shares.some(share => share.tasks.includes(task)))
        const shares = waves.slice(0, nth + 1).flatMap(wave => wave.shares)
        const tasks = shares.flatMap(share => (share.region === region ? share.tasks : []))
        const tried = tasks.map(one => outcomes.get(one)).filter(one => one && one.kind !== "skipped")
        if (tasks.every(one => outcomes.has(one)) && tried.length > 0 && tried.every(one => isBad(one!)))
          lost.set(`${task.job.name} ${region}`, entry.at)
      }
    }))

  test("a job begins when those that it is after are done and healthy, and never when they failed", () =>
    holds(({ plan, log }) => {
      const outcomes = new Map<Task, Outcome>()
      let forgiven = false
      for (const entry of log) {
        if (entry.kind === "answered" && entry.yes) forgiven = true
        if (entry.kind === "told" && entry.event.kind === "outcome")
          outcomes.set(taskOf(entry.event.outcome, plan), entry.event.outcome)
        if (entry.kind !== "hook" || entry.name !== "preDeploy" || forgiven) continue
        const { after } = plan.jobs.find(({ job }) => job.name === entry.about.job)!
        for (const other of plan.jobs.filter(({ job }) => after.includes(job.name)))
          for (const task of tasksOf(other)) {
            expect(["changed", "unchanged"]).toContain(outcomes.get(task)?.kind)
            if (plan.verb !== "stop") expect(entry.healthy).toContain(task)
          }
      }
    }))

  test("postTask runs for each task whose preTask ran, and onFinish once for each job, at the end", () =>
    holds(({ plan, log }) => {
      const hooks = log.flatMap(entry => (entry.kind === "hook" ? [entry] : []))
      const of = (name: string) => hooks.filter(hook => hook.name === name)
      const named = (name: string) => of(name).map(({ about }) => about.task?.name)
      expect(named("postTask").sort()).toEqual(named("preTask").sort())
      const jobs = plan.jobs.map(({ job }) => job.name)
      expect(of("onFinish").map(({ about }) => about.job)).toEqual(jobs)
      expect(hooks.slice(hooks.length - jobs.length)).toEqual(of("onFinish"))
    }))

  test("a way back ends with every changed task on its former release or names it, and touches no other", () =>
    holds(({ plan, log, onNew, outcomes, reverted, sketch }) => {
      const back = log.flatMap(entry => (entry.kind === "revert" ? [entry.task] : []))
      const changed = log.flatMap(entry => (entry.kind === "changed" ? [entry] : []))
      expect(new Set(back).size).toBe(back.length)
      for (const task of back) {
        const { outcome } = changed.find(entry => entry.task === task)!
        expect(outcome.kind === "unreachable" ? outcome.unknown : outcome.kind !== "unchanged").toBe(true)
      }
      const good = log.filter(entry => entry.kind === "reverted" && entry.outcome.kind === "changed")
      expect(reverted).toBe(good.length)
      const began = log.some(entry => entry.kind === "told" && entry.event.kind === "reverting")
      if (began) for (const task of onNew) expect(isBad(outcomes.get(task)!), task.name).toBe(true)
      else expect(back).toEqual([])
      const wanted = ["deploy", "rollback"].includes(plan.verb) && sketch.onFailure === "revert"
      const interrupted = log.some(entry => entry.kind === "interrupted")
      if (!interrupted) expect(began).toBe(wanted && log.some(isHalt))
    }))

  test("says why it halted, unless the operator interrupted it or said to go on", () =>
    holds(({ log, halted }) => {
      if (log.some(entry => entry.kind === "interrupted")) return
      if (log.some(entry => entry.kind === "answered" && entry.yes)) return
      expect(halted !== undefined).toBe(log.some(isHalt))
    }))
})

describe("when all goes well", () => {
  test("every task is changed, in no less than the least time of the plan", () =>
    holds(({ plan, outcomes, took, halted }) => {
      expect(halted).toBeUndefined()
      for (const outcome of outcomes.values()) expect(outcome.kind).toBe("changed")
      expect(took).toBeGreaterThanOrEqual(leastTime(plan))
    }, goodRollout))

  test("a second run finds nothing to do and touches nothing", () =>
    fc.assert(
      fc.asyncProperty(goodRollout, async sketch => {
        const { onNew, input } = await play(sketch)
        const left = input.tasks.filter(task => !onNew.has(task))
        expect(left).toEqual([])
        const second = await simulateRollout(planRollout({ ...input, tasks: left }), "stop")
        expect([...second.log, ...second.outcomes]).toEqual([])
      }),
      { numRuns: Math.ceil(RUNS / 3), seed: SEED },
    ))
})

interface Flight {
  readonly task: Task
  readonly begins: boolean
}

/** Tasks that go into flight and land, from the drain to the undrain. */
function flights(log: readonly Entry[]): readonly Flight[] {
  return log.flatMap((entry): Flight[] => {
    if (entry.kind === "hook" && entry.name === "preTask") return [{ task: entry.about.task!, begins: true }]
    if (entry.kind === "hooked" && entry.name === "postTask")
      return [{ task: entry.about.task!, begins: false }]
    return []
  })
}

function parallelOf(task: Task, plan: RolloutPlan): number {
  const shares = plan.jobs.flatMap(({ waves }) => waves.flatMap(wave => wave.shares))
  return shares.find(share => share.tasks.includes(task))!.parallel
}

/** Reckons whether a rollout has to stand still: budget, gates, hooks and the interrupt apart from what it says itself. */
function haltWatch(plan: RolloutPlan) {
  const open = new Set<Task>()
  let whys: readonly { readonly at: number; readonly why: string }[] = []
  let spent: { readonly at: number; readonly why: string } | undefined
  let interrupted: { readonly at: number; readonly why: string } | undefined
  let asked = { whys: 0, open: new Set<Task>() }
  const add = (at: number, why: string) => {
    whys = [...whys, { at, why }]
  }
  const reckon = (at: number) => {
    spent = open.size > plan.maxFailures ? (spent ?? { at, why: "the budget is spent" }) : undefined
  }
  return {
    see: (entry: Entry): void => {
      const { at } = entry
      switch (entry.kind) {
        case "interrupted":
          interrupted = { at, why: "interrupted" }
          break
        case "gate":
          if (!entry.open) add(at, "a gate is shut")
          break
        case "hooked":
          if (entry.why && BLOCKING.includes(entry.name)) add(at, `${entry.name} failed`)
          break
        case "changed":
          if (isBad(entry.outcome)) open.add(entry.task)
          // The rollout hears of it in the same instant, and a moment later than this log.
          break
        case "asked":
          asked = { whys: whys.length, open: new Set(open) }
          break
        case "answered":
          if (!entry.yes) break
          whys = whys.slice(asked.whys)
          for (const task of asked.open) open.delete(task)
          reckon(at)
          break
        case "told":
          if (entry.event.kind === "halted") add(at, entry.event.why)
          if (entry.event.kind !== "outcome") break
          if (isBad(entry.event.outcome)) open.add(taskOf(entry.event.outcome, plan))
          reckon(at)
      }
    },
    why: () => (interrupted ?? spent ?? whys[0])?.why,
    whyBefore: (now: number) => [interrupted, spent, ...whys].find(one => one && one.at < now)?.why,
  }
}

const BLOCKING: readonly string[] = ["preDeploy", "preWave", "postWave"]

function isBeginning(entry: Entry): boolean {
  if (entry.kind === "hook") return ["preDeploy", "preWave", "preTask", "postDeploy"].includes(entry.name)
  return entry.kind === "told" && ["wave", "dispatched", "baking"].includes(entry.event.kind)
}

function isHalt(entry: Entry): boolean {
  return entry.kind === "told" && entry.event.kind === "halted"
}

function told(log: readonly Entry[], task: Task): readonly Outcome[] {
  return log.flatMap(entry =>
    entry.kind === "told" && entry.event.kind === "outcome" && entry.event.outcome.task === task.name
      ? [entry.event.outcome]
      : [],
  )
}

function taskOf(outcome: Outcome, plan: RolloutPlan): Task {
  return plan.jobs.flatMap(tasksOf).find(task => task.name === outcome.task)!
}

function isBad({ kind }: Outcome): boolean {
  return kind === "failed" || kind === "unreachable"
}
