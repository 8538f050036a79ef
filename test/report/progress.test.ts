import { describe, expect, test } from "vitest"
import type { ProgressEvent } from "../../src/model/progress-event.js"
import { allOf } from "../../src/report/by-task.js"
import {
  beginProgress,
  outcomesSoFar,
  type ProgressState,
  progressAfter,
  tenthsDone,
} from "../../src/report/progress.js"
import { afterCompletion, paceFrom } from "../../src/report/progress-pace.js"
import { haveOneShape } from "../support/shapes.js"
import { changed, failed, skipped, unchanged, unknown } from "./outcomes.js"
import { dispatched, outcome, progressOf } from "./progress-events.js"

test("a run counts its outcomes by kind, and knows what runs", () => {
  const state = progressOf(
    [0, { kind: "began", planned: 9, waves: 2 }],
    [1, { kind: "wave", index: 1, name: "canary" }],
    [2, dispatched("web.0 web-01")],
    [3, dispatched("web.1 web-02")],
    [4, outcome(changed("web.0 web-01"))],
    [5, outcome(unchanged("web.2 web-03"))],
    [6, outcome(failed("web.3 web-04"))],
    [7, outcome(unknown("web.4 web-05"))],
    [8, outcome(skipped("web.5 web-06"))],
  )
  expect(state.counts).toEqual({ changed: 1, unchanged: 1, failed: 1, unreachable: 1, skipped: 1 })
  expect(allOf(state.running)).toEqual([{ task: "web.1", host: "web-02", region: "east", since: 3 }])
  expect(state.wave).toEqual({ index: 1, name: "canary" })
  expect([state.planned, state.waves, outcomesSoFar(state)]).toEqual([9, 2, 5])
})

test("what is known of the run may come twice, and takes no outcome away", () => {
  const state = progressOf(
    [0, { kind: "began", planned: 9, waves: 0 }],
    [1, outcome(changed("web.0 web-01"))],
    [2, { kind: "began", planned: 12, waves: 3 }],
  )
  expect([state.planned, state.waves, state.counts.changed]).toEqual([12, 3, 1])
})

test("a later outcome of a task takes the place of the one before", () => {
  const state = progressOf(
    [0, outcome(changed("web.0 web-01"))],
    [1, outcome(changed("web.1 web-02"))],
    [2, outcome(failed("web.0 web-01"))],
    [3, outcome(changed("web.1 web-02", "put back"))],
  )
  expect(state.counts).toEqual({ changed: 1, unchanged: 0, failed: 1, unreachable: 0, skipped: 0 })
  expect(state.pace).toEqual([0, 1].reduce(afterCompletion, paceFrom(0)))
})

test("a wave may say how many there are", () => {
  const state = progressOf(
    [0, { kind: "began", planned: 9, waves: 2 }],
    [0, { kind: "wave", index: 1, name: "rest", of: 4 }],
  )
  expect(state.waves).toBe(4)
})

test("20,000 tasks are counted", () => {
  const state = progressOf(
    ...Array.from({ length: 20_000 }, (_, n) => [n, outcome(changed(`web.${n} w-${n}`))] as const),
  )
  expect(state.counts.changed).toBe(20_000)
})

describe("a note", () => {
  const said: ProgressEvent = { kind: "say", text: "staging 3/8" }
  const waiting: ProgressEvent = { kind: "waiting", why: "bake" }
  const wave: ProgressEvent = { kind: "wave", index: 2, name: "rest" }

  test.each<[string, ProgressEvent, ProgressEvent, ProgressState["note"]]>([
    ["that was said ends when a task is dispatched", said, dispatched("a x"), undefined],
    ["that was said ends with an outcome", said, outcome(changed("a x")), undefined],
    ["that was said ends with a wave", said, wave, undefined],
    ["that was said gives way to a wait", said, waiting, { kind: "waiting", text: "bake", since: 2 }],
    ["of a wait ends when a task is dispatched", waiting, dispatched("a x"), undefined],
    ["of a wait ends with a wave", waiting, wave, undefined],
    [
      "of a wait stays when what ran has its outcome",
      waiting,
      outcome(changed("a x")),
      { kind: "waiting", text: "bake", since: 1 },
    ],
    ["of the same wait goes on", waiting, waiting, { kind: "waiting", text: "bake", since: 1 }],
    [
      "of another wait begins anew",
      waiting,
      { kind: "waiting", why: "floor" },
      { kind: "waiting", text: "floor", since: 2 },
    ],
    ["without words is none", waiting, { kind: "say", text: "" }, undefined],
  ])("%s", (_, first, second, note) => {
    expect(progressOf([1, first], [2, second]).note).toEqual(note)
  })
})

describe("the pace", () => {
  test("begins with the first task, not with what was staged before it", () => {
    const state = progressOf(
      [0, { kind: "began", planned: 9, waves: 0 }],
      [60_000, { kind: "say", text: "staging 8/8" }],
      [61_000, outcome(unchanged("web.9 web-10"))],
      [62_000, dispatched("web.0 web-01")],
      [63_000, outcome(changed("web.0 web-01"))],
    )
    expect(state.pace).toEqual([63_000].reduce(afterCompletion, paceFrom(62_000)))
  })

  test("begins anew with each wave", () => {
    const state = progressOf([0, outcome(changed("a x"))], [900, { kind: "wave", index: 2, name: "rest" }])
    expect(state.pace).toEqual(paceFrom(900))
  })

  test("counts what was touched, whatever became of it, and nothing else", () => {
    const state = progressOf(
      [0, dispatched("a x")],
      [0, dispatched("b y")],
      [1, outcome(unchanged("a x"))],
      [2, outcome(unknown("b y"))],
      [3, outcome(unchanged("c z"))],
      [4, outcome(skipped("d z"))],
    )
    expect(state.pace).toEqual([1, 2].reduce(afterCompletion, paceFrom(0)))
  })
})

test.each([
  [0, 0, 0],
  [0, 9, 0],
  [1, 11, 0],
  [2, 11, 1],
  [10, 11, 9],
  [11, 11, 10],
  [12, 11, 10],
])("%i of %i outcomes are %i tenths", (done, planned, tenths) => {
  const state = beginProgress("", 0)
  expect(tenthsDone({ ...state, planned, counts: { ...state.counts, changed: done } })).toBe(tenths)
})

test("thousands of states, one after another, have one shape", () => {
  const states = [beginProgress("restart shop/test", 0)]
  for (let n = 0; n < 500; n++) {
    const about = `web.${n} web-01`
    states.push(progressAfter(states.at(-1)!, dispatched(about), n))
    states.push(progressAfter(states.at(-1)!, outcome(changed(about)), n))
  }
  expect(haveOneShape(states)).toBe(true)
})
