import { describe, expect, test } from "vitest"
import { DEPLOYMENT_FAULT, type OperationState } from "../../src/model/deployment.js"
import type { CallError } from "../../src/model/failure.js"
import { perform } from "../../src/run/operation.js"
import { callError, faultError } from "../support/simulated-call.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal
const DEADLINE = 60_000

type Answer = OperationState["state"] | CallError

const refused = callError("refused", false)
const closed = callError("closed", true)
const cancelled = callError("cancelled", true)
const expired = faultError(DEPLOYMENT_FAULT.EXPIRED)
const forgotten = faultError(DEPLOYMENT_FAULT.UNKNOWN_OPERATION)

describe("perform", () => {
  test.each<[string, readonly Answer[], readonly Answer[], string, string]>([
    ["is done when the first answer says so", ["done"], [], "done", "S"],
    ["asks until it is done", ["running"], ["running", "running", "done"], "done", "SAAA"],
    ["sends it again when the answer is lost", [closed, closed, "done"], [], "done", "SSS"],
    ["gives up after the third time that it surely did not arrive", [refused], [], "refused", "SSS"],
    [
      "asks again when an answer to a question is lost",
      ["running"],
      [closed, refused, "done"],
      "done",
      "SAAA",
    ],
    ["sends it again when the agent forgot it", ["running", "done"], [forgotten], "done", "SAS"],
    [
      "goes on asking after it was sent again",
      ["running", "running"],
      [forgotten, "running", "done"],
      "done",
      "SASAA",
    ],
    ["takes a fault for an answer", [expired], [], "fault", "S"],
    ["does not repeat what was cancelled", [cancelled], [], "cancelled", "S"],
    ["fails with the agent's words", ["failed"], [], "unpack failed: it is no gzip", "S"],
    ["fails when it fails later", ["running"], ["failed"], "unpack failed: it is no gzip", "SA"],
  ])("%s", async (_, submits, answers, end, calls) => {
    const run = await performing(submits, answers)
    expect(run.end).toBe(end)
    expect(run.calls).toBe(calls)
  })

  test.each<[string, readonly Answer[], readonly Answer[], string]>([
    ["every answer of which is lost", [closed], [], "closed"],
    ["that may have arrived before the agent was gone", [closed, refused], [], "refused"],
    ["that runs, while the agent stays silent", ["running"], [refused], "refused"],
  ])("gives up an operation %s after half a minute, not before", async (_, submits, answers, end) => {
    const run = await performing(submits, answers)
    expect(run.end).toBe(end)
    expect(run.clock.now()).toBeGreaterThan(30_000)
    expect(run.clock.now()).toBeLessThan(33_000)
  })

  test("finds an operation again when the agent was gone for twenty seconds", async () => {
    const run = await performing(["running"], [...Array(14).fill(refused), "done"])
    expect(run.end).toBe("done")
    expect(run.clock.now()).toBeGreaterThan(15_000)
  })

  test("fails when it is not done by the deadline, and says what it was doing", async () => {
    const { end, clock } = await performing(["running"], ["running"])
    expect(end).toBe("not done after 60 s: unpack")
    expect(clock.now()).toBeGreaterThan(DEADLINE)
    expect(clock.now()).toBeLessThan(DEADLINE + 1_000)
  })

  test("repeats nothing when the operator gave up", async () => {
    let calls = 0
    const submit = async (): Promise<never> => {
      calls++
      throw refused
    }
    const aborted = AbortSignal.abort()
    await expect(perform(submit, submit, DEADLINE, simulatedClock(), aborted)).rejects.toBe(refused)
    expect(calls).toBe(1)
  })

  test("asks about the operation that the agent named", async () => {
    const asked: string[] = []
    const ask = async (op: string): Promise<OperationState> => {
      asked.push(op)
      return { op, state: "done", step: "", message: "", generation: 1 }
    }
    const submit = async (): Promise<OperationState> => ({
      op: "d-1/prepare/web.0",
      state: "running",
      step: "",
      message: "",
      generation: 1,
    })
    await perform(submit, ask, DEADLINE, simulatedClock(), NEVER)
    expect(asked).toEqual(["d-1/prepare/web.0"])
  })
})

/** The calls as `SAA`: submitted once, asked twice. The last answer of each list stays so. */
async function performing(submits: readonly Answer[], answers: readonly Answer[]) {
  const clock = simulatedClock()
  let calls = ""
  const play = (letter: string, list: readonly Answer[]) => {
    let nth = 0
    return async (): Promise<OperationState> => {
      calls += letter
      await clock.sleep(5, NEVER)
      const answer = list[Math.min(nth++, list.length - 1)]!
      if (typeof answer === "object") throw answer
      return {
        op: "d-1",
        state: answer,
        step: "unpack",
        message: answer === "failed" ? "it is no gzip" : "",
        generation: 1,
      }
    }
  }
  try {
    await perform(play("S", submits), play("A", answers), DEADLINE, clock, NEVER)
    return { end: "done", calls, clock }
  } catch (error) {
    const { failure, message } = error as CallError
    return { end: failure?.reason ?? message, calls, clock }
  }
}
