import { describe, expect, test } from "vitest"
import type { ProcessState } from "../../src/model/process.js"
import { type Seen, type Settled, settled, stepName } from "../../src/plan/resume.js"

/** State, pid, start, stop: as read on the clock of the host. */
type Look = readonly [ProcessState, pid: number, start: number, stop: number]

const RUNS: Look = ["RUNNING", 7, 100, 0]
const RUNS_ANEW: Look = ["RUNNING", 9, 205, 204]
const STOPPED: Look = ["STOPPED", 0, 100, 150]

describe("what became of a restart that may have been sent", () => {
  test.each<[string, Look, Look, Settled]>([
    ["nothing: the same process runs", RUNS, RUNS, "not"],
    ["nothing: it only came up meanwhile", ["STARTING", 7, 100, 0], RUNS, "not"],
    ["the stop is under way", RUNS, ["STOPPING", 7, 100, 0], "half"],
    ["it was stopped", RUNS, ["STOPPED", 0, 100, 204], "half"],
    ["it is starting", RUNS, ["STARTING", 9, 205, 204], "happened"],
    ["it runs anew", RUNS, RUNS_ANEW, "happened"],
    ["it runs anew under the same number", RUNS, ["RUNNING", 7, 205, 204], "happened"],
    ["it runs anew in the same second", RUNS, ["RUNNING", 9, 100, 100], "happened"],
    ["it runs anew on a clock that was set back", RUNS, ["RUNNING", 9, 50, 49], "happened"],
    ["it was started and does not come up", RUNS, ["BACKOFF", 0, 205, 206], "happened"],
    ["it was started and has given up", RUNS, ["FATAL", 0, 205, 206], "happened"],
    ["it was started and ended", RUNS, ["EXITED", 0, 205, 206], "happened"],
    ["it ended by itself before the stop", RUNS, ["EXITED", 0, 100, 203], "half"],
    ["it was down and still is", STOPPED, STOPPED, "half"],
    ["it was down and came up", STOPPED, RUNS_ANEW, "happened"],
    ["it had ended and still has", ["EXITED", 0, 100, 150], ["EXITED", 0, 100, 150], "half"],
    ["it tries to come up as it did before", ["BACKOFF", 0, 100, 101], ["BACKOFF", 0, 100, 101], "not"],
    ["someone stopped what was started anew", RUNS, ["STOPPED", 0, 205, 210], "half"],
  ])("%s", (_, before, now, expected) => {
    expect(settled("restart", seen(before), seen(now))).toBe(expected)
  })

  test.each<[string, Look, Settled]>([
    ["runs", RUNS, "not"],
    ["is stopped", STOPPED, "half"],
    ["is FATAL", ["FATAL", 0, 100, 101], "half"],
  ])("is nothing that is known of where nothing was read before, and it %s", (_, now, expected) => {
    expect(settled("restart", undefined, seen(now))).toBe(expected)
  })
})

describe("what became of a start that may have been sent", () => {
  test.each<[string, Look, Look, Settled]>([
    ["it is down as before", STOPPED, STOPPED, "not"],
    ["it came up", STOPPED, RUNS_ANEW, "happened"],
    ["it came up and ended", STOPPED, ["EXITED", 0, 205, 206], "happened"],
    ["it ran before", RUNS, RUNS, "not"],
  ])("%s", (_, before, now, expected) => {
    expect(settled("start", seen(before), seen(now))).toBe(expected)
  })
})

describe("what became of a stop that may have been sent", () => {
  test.each<[string, Look, Look, Settled]>([
    ["it runs as before", RUNS, RUNS, "not"],
    ["it is ending", RUNS, ["STOPPING", 7, 100, 0], "half"],
    ["it is down", RUNS, ["STOPPED", 0, 100, 204], "happened"],
    ["it ended by itself, and may be started again", RUNS, ["EXITED", 0, 100, 204], "not"],
    ["it could not be started again", ["BACKOFF", 0, 100, 101], ["FATAL", 0, 110, 111], "not"],
    ["it was down before", STOPPED, STOPPED, "not"],
    ["it was stopped, and someone started it", RUNS, RUNS_ANEW, "not"],
  ])("%s", (_, before, now, expected) => {
    expect(settled("stop", seen(before), seen(now))).toBe(expected)
  })
})

test("a further attempt has an id of its own", () => {
  expect([1, 2, 10].map(attempt => stepName("activate", attempt))).toEqual([
    "activate",
    "activate.2",
    "activate.10",
  ])
})

function seen([state, pid, start, stop]: Look): Seen {
  return { name: "web", group: "web", now: 200, state, pid, start, stop }
}
