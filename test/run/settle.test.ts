import { describe, expect, test } from "vitest"
import { isDown, type ProcessInfo, type ProcessState } from "../../src/model/process.js"
import type { Clock } from "../../src/run/clock.js"
import { type HealthCheck, type Settled, untilAll, untilDown, untilHealthy } from "../../src/run/settle.js"
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

describe("a started task with checks", () => {
  const patience = { deadline: 10_000, minHealthy: 0 }
  const running: Script = [[0, "RUNNING 71"]]

  test.each<[string, Script, string, string, number]>([
    ["is healthy after 2 passes in a row", running, "++", "settled", 1_000],
    ["is not healthy after 2 passes with a failure between them", running, "+-+-++", "settled", 5_000],
    ["is not healthy after one pass", running, "+-", "wrong RUNNING", 10_000],
    [
      "is checked anew after a restart",
      [
        [0, "RUNNING 71"],
        [700, "RUNNING 72"],
      ],
      "+",
      "settled",
      2_000,
    ],
    [
      "is not checked before it is RUNNING",
      [
        [0, "STARTING 71"],
        [5_000, "RUNNING 71"],
      ],
      "+",
      "settled",
      6_000,
    ],
  ])("%s", async (_, script, answers, verdict, about) => {
    const clock = simulatedClock()
    const check = answering(answers)
    const settled = await untilHealthy(reader(script, clock), { ...patience, check }, clock, NEVER)
    expect(said(settled)).toBe(verdict)
    expect(clock.now()).toBeGreaterThanOrEqual(about)
    expect(clock.now()).toBeLessThan(about + 1_600)
  })

  test("is watched for minHealthy besides, and its checks go on meanwhile", async () => {
    const clock = simulatedClock()
    const failsLate = { ask: async () => (clock.now() > 1_500 ? "no answer" : undefined), interval: 1_000 }
    const wanted = { deadline: 10_000, minHealthy: 3_000, check: failsLate }
    expect(said(await untilHealthy(reader(running, clock), wanted, clock, NEVER))).toBe("wrong RUNNING")
  })

  test("that fails at the deadline says which answer its check gave last", async () => {
    const clock = simulatedClock()
    const check = answering("-")
    const settled = await untilHealthy(reader(running, clock), { ...patience, check }, clock, NEVER)
    expect(settled).toMatchObject({ message: "it runs, and its check fails: port 80 is shut", restarts: 0 })
  })

  test("that does not stay up is told by its state, not by its checks", async () => {
    const clock = simulatedClock()
    const script: Script = [
      [0, "RUNNING 71"],
      [2_000, "FATAL"],
    ]
    const settled = await untilHealthy(
      reader(script, clock),
      { ...patience, check: answering("-") },
      clock,
      NEVER,
    )
    expect(settled).toMatchObject({ message: "the program does not stay up: FATAL" })
  })

  test("that is restarted again and again is told so, though its checks fail as well", async () => {
    const clock = simulatedClock()
    const script = Array.from({ length: 20 }, (_, n) => [n * 1_000, `RUNNING ${71 + n}`] as const)
    const settled = await untilHealthy(
      reader(script, clock),
      { ...patience, check: answering("-") },
      clock,
      NEVER,
    )
    expect(settled).toMatchObject({ message: "the program ends and is restarted again and again" })
  })
})

describe("the restarts that were seen", () => {
  test.each<[string, readonly (readonly [number, readonly number[]])[], number]>([
    ["are none of a task that does not come up at all", [[0, [1]]], 0],
    [
      "are counted for each start time",
      [
        [0, [1]],
        [1_000, [2]],
        [2_000, [3]],
      ],
      2,
    ],
    ["are none of several processes that are started once each", [[0, [1, 2]]], 0],
    [
      "are those of all processes",
      [
        [0, [1, 1]],
        [1_000, [1, 2]],
      ],
      1,
    ],
  ])("%s", async (_, script, restarts) => {
    const clock = simulatedClock()
    const read = async (): Promise<readonly ProcessInfo[]> => {
      const [, starts] = script.findLast(([from]) => from <= clock.now())!
      return starts.map((start, n) => processInfo({ name: `web-${n}`, state: "STARTING", start }))
    }
    const settled = await untilHealthy(read, { deadline: 10_000, minHealthy: 0 }, clock, NEVER)
    expect(settled).toMatchObject({ kind: "wrong", restarts })
  })
})

describe("untilDown", () => {
  test.each<[string, Script, string, number]>([
    ["ends when no process is left", [[0, "STOPPED + FATAL"]], "settled", 0],
    [
      "waits for what is STOPPING",
      [
        [0, "STOPPING 71"],
        [2_000, "STOPPED"],
      ],
      "settled",
      2_000,
    ],
    ["waits a while for what has EXITED, which may come back", [[0, "EXITED"]], "settled", 1_500],
    [
      "goes on when it does come back",
      [
        [0, "EXITED"],
        [1_000, "RUNNING 71"],
      ],
      "wrong RUNNING",
      10_000,
    ],
  ])("%s", async (_, script, verdict, about) => {
    const clock = simulatedClock()
    expect(said(await untilDown(reader(script, clock), 10_000, clock, NEVER))).toBe(verdict)
    expect(clock.now()).toBeGreaterThanOrEqual(about)
    expect(clock.now()).toBeLessThan(about + 1_000)
  })
})

test("what is EXITED in every look, and was started anew in between, is not down", async () => {
  const clock = simulatedClock()
  const read = async () => [processInfo({ state: "EXITED", start: Math.floor(clock.now() / 1_000) })]
  expect(said(await untilDown(read, 10_000, clock, NEVER))).toBe("wrong EXITED")
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

/** A check that is made each second: `+` passes, `-` does not; the last answer stays so. */
function answering(answers: string): HealthCheck {
  let nth = 0
  return {
    interval: 1_000,
    ask: async () => (answers[Math.min(nth++, answers.length - 1)] === "+" ? undefined : "port 80 is shut"),
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
