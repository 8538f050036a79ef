import { describe, expect, test } from "vitest"
import type { ProcessInfo } from "../../src/model/process.js"
import { type Call, isQuiet, isTooFresh, type Truth, truthOf } from "../../src/run/verify.js"
import { processInfo } from "../support/simulated-host.js"

/** A process that was stopped at 500, read at 900. */
const down = (given: Partial<ProcessInfo> = {}): ProcessInfo =>
  processInfo({ state: "STOPPED", pid: 0, start: 400, stop: 500, now: 900, ...given })
/** A process that was started at 600, read at 900. */
const up = (given: Partial<ProcessInfo> = {}): ProcessInfo =>
  processInfo({ state: "RUNNING", pid: 71, start: 600, stop: 500, now: 900, ...given })
const never = (given: Partial<ProcessInfo> = {}): ProcessInfo => down({ start: 0, stop: 0, ...given })
/** The same read twice, with a tick of the host's clock between. */
const twice = (read: ProcessInfo): readonly ProcessInfo[] => [read, { ...read, now: read.now + 1 }]

type Row = readonly [name: string, before: ProcessInfo, since: readonly ProcessInfo[], truth: Truth]

const STARTS: readonly Row[] = [
  ["no read", down(), [], "undecided"],
  ["one read", down(), [up({ pid: 80, start: 900 })], "undecided"],
  ["a process where there was none", down(), twice(up({ pid: 80, start: 900 })), "happened"],
  ["two reads of it within a second", down(), [up({ start: 900 }), up({ start: 900 })], "happened"],
  ["the first start of all", never(), twice(up({ start: 900 })), "happened"],
  ["a new start that has ended", down(), twice(down({ state: "EXITED", start: 900, stop: 900 })), "happened"],
  ["a new start that was stopped", down(), twice(down({ start: 900, stop: 901 })), "happened"],
  ["a start that does not stay up", down(), twice(down({ state: "BACKOFF", start: 900 })), "happened"],
  ["a start in the second of the last one", down({ start: 900 }), twice(up({ start: 900 })), "happened"],
  ["a start after the clock was set back", down(), twice(up({ start: 100, now: 101 })), "happened"],
  ["no change and a tick", down(), twice(down()), "did-not-happen"],
  ["no change, and nothing ever before", never(), twice(never()), "did-not-happen"],
  ["no change and no tick", down(), [down(), down(), down()], "undecided"],
  ["no change, the clock set back", down(), [down(), down({ now: 100 })], "did-not-happen"],
  ["a change after no change", down(), [...twice(down()), up({ start: 902, now: 902 })], "undecided"],
  ["reads that differ", down(), [up({ pid: 80 }), up({ pid: 81 })], "undecided"],
  ["FATAL as before", down({ state: "FATAL" }), twice(down({ state: "FATAL" })), "did-not-happen"],
]

const STOPS: readonly Row[] = [
  ["no read", up(), [], "undecided"],
  ["one read", up(), [down()], "undecided"],
  ["STOPPED", up(), twice(down({ stop: 900 })), "happened"],
  ["STOPPING", up(), twice(up({ state: "STOPPING" })), "happened"],
  ["its own end", up(), twice(down({ state: "EXITED", stop: 900 })), "happened"],
  ["another process", up(), twice(up({ pid: 80, start: 901, stop: 900 })), "happened"],
  ["no change and a tick", up(), twice(up()), "did-not-happen"],
  ["no change and no tick", up(), [up(), up()], "undecided"],
  ["STOPPING, then STOPPED", up(), [up({ state: "STOPPING" }), down()], "undecided"],
  [
    "another process of what does not stay up",
    up({ state: "STARTING" }),
    twice(up({ state: "STARTING", pid: 80, start: 901 })),
    "did-not-happen",
  ],
  [
    "STOPPED of what does not stay up",
    down({ state: "BACKOFF" }),
    twice(down({ state: "STOPPED" })),
    "happened",
  ],
]

describe.each<[Call, readonly Row[]]>([
  ["start", STARTS],
  ["stop", STOPS],
])("after a lost answer to a %s", (call, rows) => {
  test.each(rows)("%s", (_, before, since, truth) => expect(truthOf(call, before, since)).toBe(truth))
})

test.each<[string, readonly ProcessInfo[], boolean]>([
  ["no read", [], false],
  ["one read", [down()], false],
  ["two within a second", [down(), down()], false],
  ["two with a tick", twice(down()), true],
  ["a change since", [...twice(down()), down({ start: 901 })], false],
])("quiet: %s", (_, reads, quiet) => expect(isQuiet(reads)).toBe(quiet))

test("a process that was started in this second is too fresh to tell its next start from this one", () => {
  expect([down({ start: 900 }), down({ start: 899 }), never()].map(isTooFresh)).toEqual([true, false, false])
})
