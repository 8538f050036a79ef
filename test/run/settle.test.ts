import { describe, expect, test } from "vitest"
import { isDown, type ProcessInfo, type ProcessState } from "../../src/model/process.js"
import type { Clock } from "../../src/run/clock.js"
import { type Settled, untilAll, untilHealthy } from "../../src/run/settle.js"
import { callError, faultError } from "../support/simulated-call.js"
import { simulatedClock } from "../support/simulated-clock.js"
import { processInfo } from "../support/simulated-host.js"

/** From when on, in milliseconds, a reading gives what: `RUNNING 71`, `RUNNING 71 + EXITED`, `refused`, `fault`. */
type Script = readonly (readonly [number, string])[]

describe("a started task", () => {
  const patience = { deadline: 10_000, minHealthy: 2_000 }

  test.each<[string, Script, string]>([
    ["is healthy when it stays RUNNING", [[0, "RUNNING 71"]], "settled"],
    [
      "is healthy when it is STARTING first",
      [
        [0, "STARTING 71"],
        [1_000, "RUNNING 71"],
      ],
      "settled",
    ],
    [
      "is not healthy when it is RUNNING at once and EXITED soon after",
      [
        [0, "RUNNING 71"],
        [1_900, "EXITED"],
      ],
      "wrong EXITED",
    ],
    [
      "has failed when BACKOFF becomes FATAL",
      [
        [0, "STARTING 71"],
        [500, "BACKOFF"],
        [3_000, "FATAL"],
      ],
      "wrong FATAL",
    ],
    [
      "is healthy when it stays up after a BACKOFF",
      [
        [0, "BACKOFF"],
        [3_000, "STARTING 72"],
        [4_000, "RUNNING 72"],
      ],
      "settled",
    ],
    [
      "has not failed when it is EXITED until its supervisor restarts it",
      [
        [0, "STARTING 71"],
        [500, "EXITED"],
        [1_500, "STARTING 72"],
        [2_500, "RUNNING 72"],
      ],
      "settled",
    ],
    ["has failed when it is EXITED for good", [[0, "EXITED"]], "wrong EXITED"],
    ["has failed when it is STOPPED for good", [[0, "STOPPED"]], "wrong STOPPED"],
    [
      "has failed when its pid changes again and again while it is RUNNING",
      Array.from({ length: 20 }, (_, n) => [n * 1_000, `RUNNING ${71 + n}`] as const),
      "wrong RUNNING",
    ],
    [
      "is healthy when it was restarted twice and then stays",
      [
        [0, "RUNNING 71"],
        [1_000, "RUNNING 72"],
        [2_000, "RUNNING 73"],
      ],
      "settled",
    ],
    [
      "is healthy although its host is silent for a while",
      [
        [0, "STARTING 71"],
        [500, "refused"],
        [3_000, "timeout"],
        [6_000, "RUNNING 71"],
      ],
      "settled",
    ],
    ["has failed when it is still STARTING at the deadline", [[0, "STARTING 71"]], "wrong STARTING"],
    [
      "has failed when it is RUNNING too late to be watched for long enough",
      [
        [0, "STARTING 71"],
        [9_500, "RUNNING 71"],
      ],
      "wrong RUNNING",
    ],
    ["is not known when its host stays silent", [[0, "refused"]], "silent refused"],
    [
      "is not known when its host becomes silent",
      [
        [0, "RUNNING 71"],
        [1_000, "timeout"],
      ],
      "silent timeout",
    ],
    ["is gone when the supervisor answers with a fault", [[0, "fault"]], "silent fault"],
    ["is healthy when all its processes are", [[0, "RUNNING 71 + RUNNING 72"]], "settled"],
    ["has failed when one of its processes is", [[0, "RUNNING 71 + FATAL"]], "wrong FATAL"],
    ["has failed when one of its processes is late", [[0, "RUNNING 71 + BACKOFF"]], "wrong BACKOFF"],
  ])("%s", async (_, script, verdict) => {
    const clock = simulatedClock()
    const settled = await untilHealthy(reader(script, clock), patience, clock, NEVER)
    expect(said(settled)).toBe(verdict)
  })

  test.each([0, 500, 2_000, 5_000])("is watched for the %i ms that were asked for", async minHealthy => {
    const clock = simulatedClock()
    const script: Script = [
      [0, "STARTING 71"],
      [1_000, "RUNNING 71"],
    ]
    const settled = await untilHealthy(reader(script, clock), { ...patience, minHealthy }, clock, NEVER)
    expect(settled.kind).toBe("settled")
    expect(clock.now()).toBeGreaterThanOrEqual(1_000 + minHealthy)
    expect(clock.now()).toBeLessThan(1_000 + minHealthy + 1_100)
  })

  test("is not waited for any longer when the operator gives up", async () => {
    const clock = simulatedClock()
    const settled = await untilHealthy(
      reader([[0, "STARTING 71"]], clock),
      patience,
      clock,
      abortedAt(clock, 700),
    )
    expect(said(settled)).toBe("silent cancelled")
    expect(clock.now()).toBe(700)
  })

  test("lets an error that is no failure of a target pass", async () => {
    const clock = simulatedClock()
    const read = async (): Promise<never> => {
      throw new TypeError("a bug")
    }
    await expect(untilHealthy(read, patience, clock, NEVER)).rejects.toThrow("a bug")
  })
})

describe("untilAll", () => {
  test.each<[string, Script, string]>([
    [
      "ends when every process is as wanted",
      [
        [0, "RUNNING 71 + STOPPING 72"],
        [1_000, "STOPPED + STOPPED"],
      ],
      "settled",
    ],
    [
      "goes on when one is not",
      [
        [0, "STOPPED + STOPPING 72"],
        [4_000, "STOPPED + EXITED"],
      ],
      "settled",
    ],
    [
      "names the process that is not as wanted at the deadline",
      [[0, "STOPPED + RUNNING 72"]],
      "wrong RUNNING",
    ],
    ["tells a silent host from a task that does not stop", [[0, "timeout"]], "silent timeout"],
  ])("%s", async (_, script, verdict) => {
    const clock = simulatedClock()
    expect(said(await untilAll(isDown, reader(script, clock), 10_000, clock, NEVER))).toBe(verdict)
  })

  test("asks more and more seldom, at last twice a second", async () => {
    const clock = simulatedClock()
    const asked: number[] = []
    const read = async (): Promise<readonly ProcessInfo[]> => {
      asked.push(clock.now())
      return [processInfo()]
    }
    await untilAll(isDown, read, 10_000, clock, NEVER)
    expect(asked.slice(0, 3)).toEqual([0, 50, 125])
    expect(asked.at(-1)! - asked.at(-2)!).toBe(500)
    expect(asked.length).toBeLessThan(30)
  })
})

const NEVER = new AbortController().signal

function reader(script: Script, clock: Clock): () => Promise<readonly ProcessInfo[]> {
  return async () => {
    const [, reading] = script.findLast(([from]) => from <= clock.now())!
    if (reading === "fault") throw faultError(10)
    if (reading === "refused" || reading === "timeout") throw callError(reading, reading === "timeout")
    return reading.split(" + ").map(text => {
      const [state, pid = "0"] = text.split(" ")
      return processInfo({ state: state as ProcessState, pid: Number(pid) })
    })
  }
}

function said(settled: Settled): string {
  switch (settled.kind) {
    case "settled":
      return "settled"
    case "wrong":
      return `wrong ${settled.process.state}`
    case "silent":
      return `silent ${settled.failure.reason}`
  }
}

function abortedAt(clock: Clock, ms: number): AbortSignal {
  const controller = new AbortController()
  void clock.sleep(ms, NEVER).then(() => controller.abort())
  return controller.signal
}
