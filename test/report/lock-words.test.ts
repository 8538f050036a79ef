import { describe, expect, test } from "vitest"
import type { Holder } from "../../src/model/lease.js"
import { holderText, lockWarning } from "../../src/report/lock-words.js"

const HOLDER: Holder = {
  run: "d-20261122-101500-x7f2",
  who: "ann",
  from: "ops-1",
  command: "minos deploy -f prod.yaml --yes",
  since: "2026-11-22T10:15:00.000Z",
}

describe("a holder", () => {
  test("is said on one line", () => {
    expect(holderText(HOLDER)).toBe(
      "d-20261122-101500-x7f2 by ann from ops-1 since 2026-11-22T10:15:00.000Z: minos deploy -f prod.yaml --yes",
    )
  })

  test.each<[string, Partial<Holder>, string]>([
    ["clear the screen", { who: "\x1b[2Jann" }, "by \\x1b[2Jann from"],
    ["begin a line", { from: "ops-1\nlocked: nobody" }, "from ops-1\\nlocked: nobody since"],
    ["fill the screen", { command: "x".repeat(5_000) }, `${"x".repeat(200)}...`],
    ["show a password", { command: "minos rpc http://u:pw@h x" }, "minos rpc http://...@h x"],
  ])("cannot %s", (_, change, part) => {
    expect(holderText({ ...HOLDER, ...change })).toContain(part)
  })
})

const only = "only your other runs on this machine are kept out"

test.each([
  [3, 0, 0, undefined],
  [2, 0, 1, undefined],
  [0, 3, 0, `3 of 3 hosts run stock supervisord, which can hold no lock: ${only}`],
  [0, 1, 0, `1 of 1 host runs stock supervisord, which can hold no lock: ${only}`],
  [0, 2, 1, `2 of 3 hosts run stock supervisord, which can hold no lock: ${only}`],
  [
    2,
    1,
    0,
    "1 of 3 hosts runs stock supervisord, which can hold no lock: runs on other machines are kept out by the agents of 2 hosts alone",
  ],
  [
    1,
    2,
    0,
    "2 of 3 hosts run stock supervisord, which can hold no lock: runs on other machines are kept out by the agent of 1 host alone",
  ],
  [0, 0, 2, `of 2 hosts none answered, so none holds the lock: ${only}`],
])("%d agents, %d stock and %d silent hosts are warned of with %j", (agents, stock, silent, words) => {
  expect(lockWarning({ agents, stock, silent })).toBe(words)
})
