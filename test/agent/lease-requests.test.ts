import { describe, expect, test } from "vitest"
import { breakRequest, clusterNames, leaseRequest, unlockRequest } from "../../src/agent/lease-requests.js"
import { FAULT } from "../../src/model/fault.js"
import { Fault } from "../../src/rpc/method.js"

const NAMES = { service: "shop", cluster: "test", run: "d-20261122-101500-x7f2" }
const LEASE = {
  ...NAMES,
  who: "ann",
  from: "ops-1.example.org",
  command: "minos deploy --reason 'it is größer'",
  since: "2026-11-22T10:15:00.123Z",
}
const BREAK = { ...NAMES, reason: "the runner is gone", who: "bob from ops-2" }

const faultOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault && error.code === FAULT.INCORRECT_PARAMETERS) return error.message
    throw error
  }
  return "none"
}

describe("requests about a lease", () => {
  test("come through as they are", () => {
    expect(leaseRequest(LEASE)).toEqual(LEASE)
    expect(unlockRequest(NAMES)).toEqual(NAMES)
    expect(breakRequest(BREAK)).toEqual(BREAK)
    expect(clusterNames("shop", "test")).toEqual({ service: "shop", cluster: "test" })
  })

  test.each<[string, object, string]>([
    ["a name with a slash", { service: "shop/x" }, "service"],
    ["no cluster", { cluster: "" }, "cluster"],
    ["a run with a step", { run: "d-1/activate" }, "run"],
    ["a long run", { run: "d".repeat(101) }, "run"],
    ["nobody", { who: "" }, "who"],
    ["a name that clears the screen", { who: "ann\x1b[2J" }, "who"],
    ["a machine on two lines", { from: "ops\n-1" }, "from"],
    ["a command that turns the text around", { command: "minos \u202e" }, "command"],
    ["a very long command", { command: "x".repeat(1_001) }, "command"],
    ["a time that is a word", { since: "yesterday" }, "since"],
    ["a time elsewhere", { since: "2026-11-22T10:15:00+02:00" }, "since"],
    ["something more", { more: 1 }, ""],
    ["a number for a name", { who: 7 }, "who"],
  ])("%s is refused", (_, change, where) => {
    expect(faultOf(() => leaseRequest({ ...LEASE, ...change }))).toMatch(
      new RegExp(`^INCORRECT_PARAMETERS: ${where}`),
    )
  })

  test.each<[string, () => unknown]>([
    ["no reason", () => breakRequest({ ...BREAK, reason: "" })],
    ["a reason with a bell", () => breakRequest({ ...BREAK, reason: "\x07" })],
    ["a long reason", () => breakRequest({ ...BREAK, reason: "x".repeat(501) })],
    ["an unlock with a reason", () => unlockRequest(BREAK)],
    ["no struct", () => unlockRequest("d-1")],
    ["a path for a service", () => clusterNames("../shop", "test")],
    ["a number for a cluster", () => clusterNames("shop", 1)],
  ])("%s is refused", (_, work) => {
    expect(faultOf(work)).toMatch(/^INCORRECT_PARAMETERS: /)
  })
})
