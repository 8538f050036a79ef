import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { type Interrupts, listen } from "../../src/cli/interrupt.js"

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const
const others = new Map(SIGNALS.map(signal => [signal, process.listeners(signal)]))

// The test runner's own listeners must not hear the signals of these tests.
beforeEach(() => {
  for (const signal of SIGNALS) process.removeAllListeners(signal)
  vi.useFakeTimers()
  vi.spyOn(process, "exit").mockImplementation(() => undefined as never)
})
afterEach(() => {
  for (const signal of SIGNALS) {
    process.removeAllListeners(signal)
    for (const listener of others.get(signal) ?? []) process.on(signal, listener as NodeJS.SignalsListener)
  }
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe("while something is changed", () => {
  test.each<[string, readonly NodeJS.Signals[], string]>([
    ["nothing pressed", [], "goes on"],
    ["Ctrl-C once", ["SIGINT"], "interrupted, finishing"],
    ["Ctrl-C twice", ["SIGINT", "SIGINT"], "interrupted, giving up"],
    ["SIGTERM", ["SIGTERM"], "terminated, finishing"],
    ["SIGHUP", ["SIGHUP"], "terminated, finishing"],
    ["SIGHUP and SIGTERM", ["SIGHUP", "SIGTERM"], "terminated, finishing"],
    ["SIGTERM and Ctrl-C", ["SIGTERM", "SIGINT"], "terminated, giving up"],
    ["Ctrl-C and SIGTERM", ["SIGINT", "SIGTERM"], "interrupted, finishing"],
  ])("%s", (_, signals, state) => {
    const { interrupts } = listening(true, signals)
    expect(stateOf(interrupts)).toBe(state)
    expect(process.exit).not.toHaveBeenCalled()
  })

  test("Ctrl-C three times ends the process at once", () => {
    listening(true, ["SIGINT", "SIGINT", "SIGINT"])
    expect(process.exit).toHaveBeenCalledWith(130)
  })

  test.each(["SIGTERM", "SIGHUP"] as const)("four seconds after %s what runs is given up", signal => {
    const { interrupts } = listening(true, [signal, signal])
    vi.advanceTimersByTime(3_999)
    expect(stateOf(interrupts)).toBe("terminated, finishing")
    vi.advanceTimersByTime(1)
    expect(stateOf(interrupts)).toBe("terminated, giving up")
  })

  test("each signal says what it means", () => {
    const { told } = listening(true, ["SIGINT", "SIGINT"])
    expect(told).toEqual([expect.stringContaining("press again"), expect.stringContaining("unknown")])
  })
})

test.each(SIGNALS)("while nothing is changed, %s gives up at once", signal => {
  const { interrupts } = listening(false, [signal])
  expect(stateOf(interrupts)).toMatch(/giving up$/)
})

test("after it is disposed of, no signal is heard", () => {
  const { interrupts } = listening(true, [])
  interrupts.dispose()
  expect(SIGNALS.map(signal => process.listenerCount(signal))).toEqual([0, 0, 0])
})

function listening(finish: boolean, signals: readonly NodeJS.Signals[]) {
  const told: string[] = []
  const interrupts = listen({ finish, tell: line => told.push(line) })
  for (const signal of signals) process.emit(signal)
  return { interrupts, told }
}

function stateOf({ by, signals }: Interrupts): string {
  const how = signals.aborting.aborted ? "giving up" : signals.stopping.aborted ? "finishing" : undefined
  return how === undefined ? "goes on" : `${by()}, ${how}`
}
