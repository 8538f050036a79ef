import fc from "fast-check"
import stringWidth from "string-width"
import { describe, expect, test } from "vitest"
import type { ProgressEvent } from "../../src/model/progress-event.js"
import { withTask } from "../../src/report/by-task.js"
import { beginProgress, type ProgressState } from "../../src/report/progress.js"
import { afterCompletion, paceFrom } from "../../src/report/progress-pace.js"
import {
  detailLines,
  heartbeatLine,
  liveLine,
  shortTime,
  tenthLine,
  waveLine,
} from "../../src/report/progress-text.js"
import { changed, failed, skipped, unreachable } from "./outcomes.js"
import { dispatched, outcome, progressOf } from "./progress-events.js"

const WIDE = Number.POSITIVE_INFINITY

/** The run of the examples: in its second wave of five, 38 tasks a second. */
const FULL: ProgressState = {
  ...beginProgress("deploy shop/prod", 0),
  planned: 4_000,
  waves: 5,
  wave: { index: 2, name: "europe" },
  counts: { changed: 1_200, unchanged: 4, failed: 7, unreachable: 3, skipped: 0 },
  running: Array.from({ length: 50 }, (_, n) => ({
    task: `web.${n}`,
    host: `eu-${n + 117}`,
    region: "europe",
    since: 59_000 + n * 10,
  })).reduce((all, one) => withTask(all, one.task, one), beginProgress("", 0).running),
  pace: Array.from({ length: 200 }, (_, n) => 94_763 + n * 26.315).reduce(afterCompletion, paceFrom(94_737)),
}

describe("the live line", () => {
  test.each<[number, string]>([
    [
      WIDE,
      "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s  eta 1m13s  slowest: eu-117 41s",
    ],
    [
      99,
      "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s  eta 1m13s  slowest: eu-117 41s",
    ],
    [98, "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s  eta 1m13s"],
    [80, "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s  eta 1m13s"],
    [77, "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable  50 running  38/s"],
    [60, "wave 2/5  1,204/4,000 ok  7 failed  3 unreachable"],
    [30, "wave 2/5  1,204/4,000 ok"],
    [8, "wave 2/5"],
    [6, "wav..."],
    [1, "w"],
    [0, ""],
  ])("fits %d columns", (width, line) => {
    expect(liveLine(FULL, 100_000, width)).toBe(line)
  })

  test.each<[string, readonly (readonly [number, ProgressEvent])[], number, string]>([
    ["before anything is known, the title", [], 0, "restart shop/test"],
    [
      "what is done before the first task",
      [[0, { kind: "say", text: "staging 3/8" }]],
      0,
      "restart shop/test: staging 3/8",
    ],
    [
      "text from elsewhere",
      [[0, { kind: "say", text: "a\x1b[1m\nb" }]],
      0,
      "restart shop/test: a\\x1b[1m\\nb",
    ],
    ["a number of tasks that is not known", [[0, outcome(changed("a x"))]], 0, "1 ok"],
    ["a number of waves that is not known", [[0, { kind: "wave", index: 3, name: "x" }]], 0, "wave 3  0 ok"],
    ["what was skipped", [[0, outcome(skipped("a x"))]], 0, "0 ok  1 skipped"],
    ["a task that has just begun", [[0, dispatched("a x")]], 999, "0 ok  1 running"],
    [
      "the task that runs longest",
      [
        [0, dispatched("a x")],
        [900, dispatched("b y")],
      ],
      1_000,
      "0 ok  2 running  slowest: x 1s",
    ],
    [
      "a rate, and no end that is not known",
      [
        [0, outcome(changed("a x"))],
        [1_000, outcome(changed("b y"))],
      ],
      2_000,
      "2 ok  1/s",
    ],
    [
      "a slow rate, by the minute",
      [
        [0, { kind: "began", planned: 4, waves: 0 }],
        [10_000, dispatched("a x")],
        [20_000, outcome(changed("a x"))],
        [20_000, dispatched("b y")],
        [30_000, outcome(failed("b y"))],
      ],
      30_000,
      "1/4 ok  1 failed  6/min  eta 20s",
    ],
    [
      "no end while nothing runs and all wait",
      [
        [0, { kind: "began", planned: 4, waves: 0 }],
        [1_000, outcome(changed("a x"))],
        [2_000, outcome(changed("b y"))],
        [2_000, { kind: "waiting", why: "bake" }],
      ],
      5_000,
      "2/4 ok",
    ],
    [
      "the end, when all is done",
      [
        [0, { kind: "began", planned: 2, waves: 0 }],
        [1_000, outcome(changed("a x"))],
        [2_000, outcome(unreachable("b y"))],
      ],
      2_000,
      "1/2 ok  1 unreachable",
    ],
  ])("shows %s", (_, events, now, line) => {
    expect(liveLine(progressOf(...events), now, WIDE)).toBe(line)
  })

  test("colours what went wrong, and is as long as without", () => {
    const mark = (text: string): string => `\x1b[31m${text}\x1b[39m`
    const palette = { good: mark, bad: mark, warn: mark, dim: mark, bold: mark }
    const line = liveLine(FULL, 100_000, 60, palette)
    expect(line).toBe("wave 2/5  1,204/4,000 ok  \x1b[31m7 failed\x1b[39m  \x1b[31m3 unreachable\x1b[39m")
  })
})

describe("the details", () => {
  test.each<[string, readonly (readonly [number, ProgressEvent])[], number, readonly string[]]>([
    ["nothing runs", [], 0, []],
    [
      "what is said before the first task stands on the live line",
      [[0, { kind: "say", text: "asking" }]],
      0,
      [],
    ],
    [
      "what is said later stands here",
      [
        [0, outcome(changed("a x"))],
        [1, { kind: "say", text: "hook postWave" }],
      ],
      2,
      ["hook postWave"],
    ],
    [
      "what is waited for comes first, with its time",
      [
        [0, dispatched("web.0 web-1")],
        [1_000, { kind: "waiting", why: "2 of 4 healthy in east" }],
      ],
      13_000,
      ["waiting 12s: 2 of 4 healthy in east", "13s  east  web-1  web.0"],
    ],
    ["a wait has no time at first", [[0, { kind: "waiting", why: "bake" }]], 999, ["waiting: bake"]],
    [
      "what began together is one line, oldest first",
      [
        [0, dispatched("web.2 web-09")],
        [100, dispatched("web.0 web-07")],
        [200, dispatched("db.0 db-1 west")],
        [300, dispatched("web.1 web-08")],
        [5_000, dispatched("web.3 web-10")],
      ],
      65_000,
      ["1m05s  east  web-[07-09]  web.[0-2]", "1m04s  west  db-1  db.0", "1m00s  east  web-10  web.3"],
    ],
    [
      "ages stand below each other",
      [
        [0, dispatched("a x")],
        [60_000, dispatched("b y")],
      ],
      62_000,
      ["1m02s  east  x  a", "   2s  east  y  b"],
    ],
  ])("%s", (_, events, now, lines) => {
    expect(detailLines(progressOf(...events), now, WIDE)).toEqual(lines)
  })

  test.each([
    [6, ["41s", "39s", "38s", "37s", "36s", "... and 6 more"]],
    [12, ["41s", "39s", "38s", "37s", "36s", "35s", "34s", "33s", "32s", "31s", "30s"]],
    [2, ["41s", "... and 11 more"]],
    [1, ["... and 12 more"]],
    [0, []],
  ])("in %i lines, 12 tasks that began one after another", (most, expected) => {
    // The second and the third begin together.
    const begins = [0, 2_000, ...Array.from({ length: 10 }, (_, n) => 2_000 + n * 1_000)]
    const events = begins.map((at, n) => [at, dispatched(`web.${n} w-${n}`)] as const)
    const lines = detailLines(progressOf(...events), 41_000, WIDE, most)
    expect(lines.map(line => line.replace(/ {2}.*/, ""))).toEqual(expected)
  })

  test("any run fits: six lines, each as wide as it may be, and every task counted", () => {
    const event = fc.oneof(
      fc
        .record({ task: fc.nat(30), host: fc.nat(30), region: fc.constantFrom("east", "west") })
        .map(({ task, host, region }) => dispatched(`web.${task} 北-${host} ${region}`)),
      fc.nat(30).map(n => outcome(changed(`web.${n} x`))),
      fc.string().map(text => ({ kind: "say", text }) as const),
      fc.string({ unit: "binary" }).map(why => ({ kind: "waiting", why }) as const),
    )
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2_000), event), { maxLength: 60 }),
        fc.nat(120),
        fc.nat(8),
        (steps, width, most) => {
          const times = steps.map((_, n) => steps.slice(0, n + 1).reduce((sum, [step]) => sum + step, 0))
          const state = progressOf(...steps.map(([, event], n) => [times[n] ?? 0, event] as const))
          const now = times.at(-1) ?? 0
          const lines = [liveLine(state, now, width), ...detailLines(state, now, width, most)]
          expect(lines.length).toBeLessThanOrEqual(most + 1)
          for (const line of lines) {
            expect(stringWidth(line)).toBeLessThanOrEqual(width)
            expect(line).not.toMatch(/[\n\x1b]/)
          }
        },
      ),
    )
  })
})

describe("where nothing moves", () => {
  test("a wave has its number and name", () => {
    expect(waveLine(FULL)).toBe("wave 2/5: europe")
    expect(waveLine({ ...FULL, waves: 0 })).toBe("wave 2: europe")
  })

  test("a tenth has the whole live line", () => {
    expect(tenthLine(FULL, 100_000)).toBe(`30%  ${liveLine(FULL, 100_000, WIDE)}`)
  })

  test.each<[string, readonly ProgressEvent[], string]>([
    [
      "before the first task",
      [{ kind: "say", text: "staging 3/8" }],
      "after 30s: restart shop/test: staging 3/8",
    ],
    [
      "waiting before the first task",
      [{ kind: "waiting", why: "lock" }],
      "after 30s: restart shop/test  waiting 30s: lock",
    ],
    [
      "while tasks run",
      [dispatched("a x"), { kind: "waiting", why: "floor" }],
      "after 30s: 0 ok  1 running  slowest: x 30s  waiting 30s: floor",
    ],
  ])("a heartbeat says how far it is %s", (_, events, line) => {
    expect(heartbeatLine(progressOf(...events.map(event => [0, event] as const)), 30_000)).toBe(line)
  })
})

test.each([
  [-1, "0s"],
  [999, "0s"],
  [59_999, "59s"],
  [60_000, "1m00s"],
  [72_000, "1m12s"],
  [3_599_000, "59m59s"],
  [3_600_000, "1h00m"],
  [7_500_000, "2h05m"],
  [360_000_000, "100h00m"],
])("%i ms is %s", (ms, text) => {
  expect(shortTime(ms)).toBe(text)
})
