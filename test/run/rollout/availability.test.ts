import { expect, test } from "vitest"
import type { Task } from "../../../src/model/cluster.js"
import { availability } from "../../../src/run/rollout/availability.js"
import type { Health, RolloutEffects } from "../../../src/run/rollout/effects.js"
import { simulatedClock } from "../../support/simulated-clock.js"
import { drawn } from "./sketch.js"

const NEVER = new AbortController().signal

/** A job of tasks in one region, half of which must stay healthy, and a look at them that takes 100 ms. */
function guarded(count: number, readAt: "begin" | "end" = "end") {
  const { plan, input } = drawn({ jobs: [{ name: "web", tasks: { east: Array(count).fill({}) } }] })
  const clock = simulatedClock()
  const down = new Set<Task>()
  let looks = 0
  const read = (tasks: readonly Task[]) =>
    new Map(
      tasks.map((task): [Task, Health] => [
        task,
        down.has(task) ? { kind: "down", why: "it is EXITED" } : { kind: "healthy", identity: "1" },
      ]),
    )
  const effects = {
    clock,
    signals: { stopping: NEVER, aborting: NEVER },
    look: async (tasks: readonly Task[]) => {
      looks++
      const early = read(tasks)
      await clock.sleep(100, NEVER)
      return readAt === "begin" ? early : read(tasks)
    },
    tell: () => {},
  } as unknown as RolloutEffects
  const guard = availability(plan.jobs[0]!, effects, () => false)
  return { guard, tasks: input.all, down, clock, looks: () => looks }
}

test("two that ask at once do not both take the last task that may go", async () => {
  const { guard, tasks } = guarded(2)
  const takings = await Promise.all(tasks.map(task => guard.take(task, 0)))
  expect(takings.map(({ kind }) => kind)).toEqual(["taken", "short"])
})

test("who waits takes the next one when one is given back", async () => {
  const { guard, tasks, clock } = guarded(2)
  await guard.take(tasks[0]!, 0)
  const waits = guard.take(tasks[1]!, 60_000)
  await clock.sleep(10_000, NEVER)
  guard.release(tasks[0]!)
  expect(await waits).toEqual({ kind: "taken" })
  expect(clock.now()).toBeGreaterThanOrEqual(10_000)
})

test("a task that fails and is given back during a look does not count as it was read before", async () => {
  const { guard, tasks, down, clock } = guarded(3, "begin")
  expect(await guard.take(tasks[0]!, 0)).toEqual({ kind: "taken" })
  const second = guard.take(tasks[1]!, 0)
  await clock.sleep(50, NEVER)
  down.add(tasks[0]!)
  guard.release(tasks[0]!)
  expect(await second).toMatchObject({ kind: "short" })
})

test("what is down already may always be taken", async () => {
  const { guard, tasks, down } = guarded(2)
  for (const task of tasks) down.add(task)
  const takings = await Promise.all(tasks.map(task => guard.take(task, 0)))
  expect(takings.map(({ kind }) => kind)).toEqual(["taken", "taken"])
})

test("those who ask at once share a look, and whom it would refuse have one of their own", async () => {
  const { guard, tasks, looks } = guarded(100)
  const kinds = await Promise.all(tasks.slice(0, 51).map(async task => (await guard.take(task, 0)).kind))
  expect(kinds).toEqual([...Array(50).fill("taken"), "short"])
  expect(looks()).toBe(2)
})

test("a second later they are looked at again", async () => {
  const { guard, tasks, down, clock, looks } = guarded(100)
  await guard.take(tasks[0]!, 0)
  for (const task of tasks.slice(1, 60)) down.add(task)
  expect(await guard.take(tasks[61]!, 0)).toEqual({ kind: "taken" })
  await clock.sleep(1_000, NEVER)
  expect(await guard.take(tasks[62]!, 0)).toMatchObject({ kind: "short" })
  expect(looks()).toBe(2)
})

test("what was taken and given back counts for nothing until it is looked at again", async () => {
  const { guard, tasks, down, looks } = guarded(4)
  for (const task of tasks.slice(0, 2)) {
    expect(await guard.take(task, 0)).toEqual({ kind: "taken" })
    down.add(task)
    guard.release(task)
  }
  expect(looks()).toBe(1)
  expect(await guard.take(tasks[2]!, 0)).toMatchObject({ kind: "short" })
})
