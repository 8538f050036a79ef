import { describe, expect, test } from "vitest"
import type { Outcome } from "../../src/model/outcome.js"
import { byRegionAndKind, causeOf, gather, hostNames } from "../../src/report/gather.js"
import { about, changed, failed, skipped, unknown, unreachable } from "./outcomes.js"

test("gather keeps the order in which keys and members first come", () => {
  expect(gather([3, 1, 4, 1, 5, 9, 2, 6], n => (n % 2 === 0 ? "even" : "odd"))).toEqual([
    { key: "odd", members: [3, 1, 1, 5, 9] },
    { key: "even", members: [4, 2, 6] },
  ])
})

describe("causeOf", () => {
  const evidence = { message: "it broke", state: "FATAL", exitStatus: 7 } as const

  test.each<[string, Outcome, Outcome]>([
    ["failures that say the same", failed("a x", evidence), failed("b y", evidence)],
    [
      "failures whose logs differ",
      failed("a x", { ...evidence, stderr: ["10:00 no"] }),
      failed("b y", { ...evidence, stderr: ["10:01 no"] }),
    ],
    ["hosts silent for one reason", unreachable("a x"), unreachable("b y")],
    ["tasks skipped for one reason", skipped("a x", "why"), skipped("b y", "why")],
  ])("is one for %s", (_, a, b) => {
    expect(causeOf(a)).toBe(causeOf(b))
  })

  test.each<[string, Outcome, Outcome]>([
    ["messages", failed("a x", evidence), failed("a x", { ...evidence, message: "other" })],
    ["states", failed("a x", evidence), failed("a x", { ...evidence, state: "EXITED" })],
    ["exit statuses", failed("a x", evidence), failed("a x", { ...evidence, exitStatus: 8 })],
    ["spawn errors", failed("a x", evidence), failed("a x", { ...evidence, spawnError: "no" })],
    ["faults", failed("a x", evidence), failed("a x", { ...evidence, fault: { code: 20, message: "" } })],
    ["reasons", unreachable("a x", "refused"), unreachable("a x", "timeout")],
    ["known and unknown", unreachable("a x", "timeout"), unknown("a x", "timeout")],
    [
      "HTTP answers",
      unreachable("a x", "http-status", { httpStatus: 404 }),
      unreachable("a x", "http-status", { httpStatus: 500 }),
    ],
    [
      "faults of the first look",
      unreachable("a x", "fault", { faultCode: 1 }),
      unreachable("a x", "fault", { faultCode: 6 }),
    ],
    ["whys", skipped("a x", "one"), skipped("a x", "two")],
    ["kinds", changed("a x"), skipped("a x")],
  ])("differs for different %s", (_, a, b) => {
    expect(causeOf(a)).not.toBe(causeOf(b))
  })
})

test("byRegionAndKind has a row for each kind in each region", () => {
  const rows = byRegionAndKind([changed("a x"), failed("b y"), changed("c z west"), changed("d x")])
  expect(rows.map(({ region, kind, members }) => [region, kind, members.length])).toEqual([
    ["east", "changed", 2],
    ["east", "failed", 1],
    ["west", "changed", 1],
  ])
})

test("hostNames names each host once", () => {
  expect(hostNames([about("a x"), about("b y"), about("c x")])).toEqual(["x", "y"])
})
