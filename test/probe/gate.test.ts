import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type AutomaticGate, askGate, gateState, untilGate } from "../../src/probe/gate.js"
import type { Probed } from "../../src/probe/probed.js"
import { startServer } from "../support/blob-server.js"
import { freePort } from "../support/ports.js"
import { simulatedClock } from "../support/simulated-clock.js"
import { type Scripts, scripts } from "./scripts.js"

const TIMING = { interval: 10_000, timeout: 20_000 }
const never = new AbortController().signal

describe("the state of a gate", () => {
  test.each([
    ["", "undecided"],
    ["+", "undecided"],
    ["++", "undecided"],
    ["+++", "open"],
    ["-", "undecided"],
    ["--", "shut"],
    ["-+-+-+", "undecided"],
    ["++-++", "undecided"],
    ["++-+++", "open"],
    ["-+++", "open"],
    ["++--", "shut"],
    ["+++-", "undecided"],
    ["+++--", "shut"],
    ["--+++", "open"],
  ])("after %s it is %s", (history, state) => {
    expect(gateState([...history].map(answer => answer === "+"))).toBe(state)
  })
})

describe("a gate is asked until", () => {
  /** Answers one after the other, the last for ever; notes when it was asked, and takes `takes` ms for each. */
  function asked(answers: string, clock = simulatedClock(), takes = 0) {
    const times: number[] = []
    const ask = async (signal: AbortSignal): Promise<Probed> => {
      const n = times.push(clock.now()) - 1
      if (takes > 0) await clock.sleep(takes, signal)
      return (answers[n] ?? answers.at(-1)) === "+" ? { ok: true } : { ok: false, said: `no ${n}` }
    }
    return { ask, clock, times }
  }

  test("it passed 3 times in a row", async () => {
    const { ask, clock, times } = asked("+-++-+++")
    expect(await untilGate(ask, TIMING, clock, never)).toBe("open")
    expect(times).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000])
  })

  test("it failed twice in a row, and says what it said last", async () => {
    const { ask, clock, times } = asked("++--")
    expect(await untilGate(ask, TIMING, clock, never)).toEqual({ shut: "no 3" })
    expect(times).toHaveLength(4)
  })

  test("it is decided, each interval counted from the question before", async () => {
    const slow = asked("+", simulatedClock(), 4_000)
    await untilGate(slow.ask, TIMING, slow.clock, never)
    expect(slow.times).toEqual([0, 10_000, 20_000])
    const slower = asked("+", simulatedClock(), 15_000)
    await untilGate(slower.ask, TIMING, slower.clock, never)
    expect(slower.times).toEqual([0, 15_000, 30_000])
  })

  test("the signal fires while it waits", async () => {
    const interrupt = new AbortController()
    const { ask, clock, times } = asked("+-")
    const sleep = async (ms: number, signal: AbortSignal) => {
      if (times.length === 2) interrupt.abort()
      await clock.sleep(ms, signal)
    }
    expect(await untilGate(ask, TIMING, { now: clock.now, sleep }, interrupt.signal)).toBe("interrupted")
    expect(times).toHaveLength(2)
  })

  test("the signal fires while it is asked, whose answer does not count", async () => {
    const interrupt = new AbortController()
    const ask = async (): Promise<Probed> => {
      interrupt.abort()
      return { ok: false, said: "interrupted" }
    }
    expect(await untilGate(ask, TIMING, simulatedClock(), interrupt.signal)).toBe("interrupted")
  })

  test("never, when the signal has fired", async () => {
    const { ask, clock, times } = asked("+")
    expect(await untilGate(ask, TIMING, clock, AbortSignal.abort())).toBe("interrupted")
    expect(times).toEqual([])
  })
})

describe("a gate that asks a URL", () => {
  const httpGate = (url: string, more = {}): AutomaticGate => ({
    kind: "http",
    url,
    status: 200,
    ...TIMING,
    ...more,
  })

  test("passes and fails by status and body, asking the path with its query", async () => {
    const server = await startServer((request, response) =>
      response.writeHead(request.url === "/ok?all=1" ? 200 : 503).end("errors: 0"),
    )
    try {
      const ask = (path: string, more = {}) => askGate(httpGate(`${server.url}${path}`, more), never)
      expect(await ask("/ok?all=1")).toEqual({ ok: true })
      expect(await ask("/ok?all=1", { body: "errors: 0" })).toEqual({ ok: true })
      expect(await ask("/ok?all=1", { body: "all well" })).toEqual({
        ok: false,
        said: 'the body does not hold "all well"',
      })
      expect(await ask("/")).toEqual({ ok: false, said: 'HTTP 503: "errors: 0"' })
    } finally {
      await server.close()
    }
  })

  test("gives user and password, and does not say them", async () => {
    const server = await startServer((request, response) =>
      response.writeHead(401).end(request.headers.authorization),
    )
    await server.close()
    const { port } = new URL(server.url)
    expect(await askGate(httpGate(`http://ops:s3cret@127.0.0.1:${port}/`), never)).toEqual({
      ok: false,
      said: `connection refused on 127.0.0.1:${port}`,
    })
  })

  test("names the server that does not answer", async () => {
    const port = await freePort()
    expect(await askGate(httpGate(`http://[::ffff:127.0.0.1]:${port}/`), never)).toEqual({
      ok: false,
      said: `connection refused on [::ffff:7f00:1]:${port}`,
    })
  })

  test("says that a server does not speak TLS", async () => {
    const server = await startServer((_, response) => response.end())
    const { port } = new URL(server.url)
    try {
      expect(await askGate(httpGate(`https://127.0.0.1:${port}/`), never)).toEqual({
        ok: false,
        said: `no secure connection on 127.0.0.1:${port}: does it speak TLS?`,
      })
    } finally {
      await server.close()
    }
  })

  test.each(["no url", "ftp://example.com/", "http://u:%zz@127.0.0.1/"])("fails for %s", async url => {
    expect(await askGate(httpGate(url), never)).toEqual({ ok: false, said: "the gate's URL cannot be read" })
  })
})

describe("a gate that runs a command", () => {
  let place: Scripts
  beforeEach(async () => {
    place = await scripts()
  })
  afterEach(() => place.remove())

  const cmdGate = (...argv: string[]): AutomaticGate => ({ kind: "cmd", argv, ...TIMING })
  const ask = (gate: AutomaticGate, signal = never) =>
    askGate(gate, signal, { cwd: place.folder, env: process.env })

  test("passes with exit status 0", async () => {
    await place.script("ready.sh", 'test "$1" = all')
    expect(await ask(cmdGate("./ready.sh", "all"))).toEqual({ ok: true })
    expect(await ask(cmdGate("./ready.sh"))).toEqual({ ok: false, said: "exit status 1" })
  })

  test("fails with the last words, or why there were none", async () => {
    expect(await ask(cmdGate("sh", "-c", "echo 12 errors; exit 2"))).toEqual({
      ok: false,
      said: 'exit status 2: "12 errors"',
    })
    expect(await ask(cmdGate("./gone.sh"))).toEqual({ ok: false, said: 'there is no file "./gone.sh"' })
    expect(await ask({ ...cmdGate("sleep", "600"), timeout: 100 })).toEqual({
      ok: false,
      said: "no end within 100 ms",
    })
    expect(await ask(cmdGate("true"), AbortSignal.abort())).toEqual({ ok: false, said: "interrupted" })
  })

  test("has an empty standard input", async () => {
    expect(await ask(cmdGate("sh", "-c", 'test -z "$(cat)"'))).toEqual({ ok: true })
  })
})
