import { expect, test } from "vitest"
import { growth } from "../../scripts/lab/invariants/no-growth.js"
import { INVARIANTS, violations } from "../../scripts/lab/invariants.js"
import type { Observation } from "../../scripts/lab/observation.js"
import { host, living, ran, release, seen } from "./support.js"

const DEPLOY = ["deploy", "-f", "/lab/minos-2.yaml"]
const onTwo = host({ processes: [living(11, "2")], release: release("2") })
const record = (op: string, verdict = "accepted", method = "deployment.activate") => ({ op, verdict, method })
const audited = (...records: ReturnType<typeof record>[]) => ({ file: "audit.jsonl", records })

const SOUND: Readonly<Record<string, Observation>> = {
  "a fleet in which nothing happened": seen(),
  "a deploy that changed a task": seen({ hosts: [onTwo], runs: [ran(DEPLOY, ["changed"])] }),
  "a deploy that put a task back to the version before": seen({
    runs: [putBack("put back: 1: RUNNING, pid 7 (was 9)")],
  }),
  "a deploy that found the version there": seen({ hosts: [onTwo], runs: [ran(DEPLOY, ["unchanged"])] }),
  "a task that came about after its host was called unreachable": seen({
    hosts: [onTwo],
    runs: [ran(DEPLOY, ["unreachable"])],
  }),
  "a stop, and a supervisord that started again": seen({
    hosts: [host({ restarted: true })],
    runs: [ran(["stop"], ["changed"])],
  }),
  "a run that was killed": seen({
    runs: [{ ...ran(DEPLOY, []), code: null, signals: ["SIGKILL"], report: {} }],
  }),
  "a run that the lock kept out": seen({
    hosts: [onTwo],
    runs: [
      ran(DEPLOY, ["changed"]),
      ran(["deploy", "-f", "/lab/minos-2.5.yaml"], [], { code: 6, report: { exitCode: 6 } }),
    ],
  }),
  "two runs one after the other": seen({
    runs: [
      ran(["restart"], ["changed"], { ended: 10_000 }),
      { ...ran(["start"], ["changed"]), began: 10_100, ended: 20_000 },
    ],
  }),
  "a run that was killed and went on": seen({ hosts: [onTwo], runs: resumed(["changed"]) }),
  "an interrupted run": seen({
    runs: [
      {
        ...ran(["restart"], ["skipped"]),
        code: 130,
        signals: ["SIGINT"],
        report: { ...ran([], ["skipped"]).report, exitCode: 130, interrupted: true },
      },
    ],
  }),
  "a run that took its lease twice": seen({
    hosts: [
      host({
        audit: audited(
          record("a", "accepted", "deployment.lock"),
          record("a", "accepted", "deployment.lock"),
        ),
      }),
    ],
  }),
  "an audit in which a call came again": seen({
    hosts: [
      host({
        audit: audited(record("a"), record("a", "again")),
        operations: [{ op: "a", ended: true }],
      }),
    ],
  }),
}

test.each(Object.entries(SOUND))("nothing is wrong with %s", (_, observation) => {
  expect(violations(observation)).toEqual([])
})

const WRONG: readonly (readonly [string, string, Observation])[] = [
  [
    "one process a task",
    "has 2 processes: 1 of",
    seen({ hosts: [host({ processes: [living(1), living(2)] })] }),
  ],
  [
    "one process a task",
    "1 of version 1, an orphan",
    seen({ hosts: [host({ processes: [{ ...living(1), owned: false }, living(2)] })] }),
  ],
  ["current names a whole release", "is gone", seen({ hosts: [host({ release: { kind: "none" } })] })],
  [
    "current names a whole release",
    "is not whole: no start",
    seen({ hosts: [host({ release: { kind: "broken", why: "no start" } })] }),
  ],
  [
    "current names a whole release",
    "is not that of version 1",
    seen({ hosts: [host({ release: release("1", { program: "sum-2" }) })] }),
  ],
  ["the report is true", "version 1 runs, not 2", seen({ runs: [ran(DEPLOY, ["changed"])] })],
  ["the report is true", "version 1 runs, not 2", seen({ runs: [ran(DEPLOY, ["unchanged"])] })],
  [
    "the report is true",
    "version 2 runs, not 1",
    seen({ hosts: [onTwo], runs: [putBack("put back: 1: RUNNING")] }),
  ],
  [
    "the report is true",
    "nothing runs",
    seen({ hosts: [host({ processes: [] })], runs: [ran(DEPLOY, ["changed"])] }),
  ],
  [
    "the report is true",
    "nothing runs",
    seen({ hosts: [host({ processes: [] })], runs: [ran(["start"], ["changed"])] }),
  ],
  ["the report is true", "another release", seen({ hosts: [onTwo], runs: [ran(DEPLOY, ["skipped"])] })],
  ["the report is true", "it runs", seen({ runs: [ran(["stop"], ["changed"])] })],
  ["the report is true", "the one from before", seen({ runs: [ran(["restart"], ["changed"])] })],
  ["the report is true", "no such task", seen({ runs: [ran(["start"], ["unchanged", "unchanged"])] })],
  ["the exit code is that of the report", "no JSON", seen({ runs: [withoutReport(3)] })],
  ["the exit code is that of the report", "a bug", seen({ runs: [ran(["stop"], [], { code: 1 })] })],
  ["the exit code is that of the report", "without a report", seen({ runs: [withoutReport(null)] })],
  [
    "the exit code is that of the report",
    "four minutes",
    seen({ runs: [ran(["status"], [], { hung: true })] }),
  ],
  [
    "the exit code is that of the report",
    "reports 4",
    seen({ runs: [ran(["stop"], ["unreachable"], { code: 3 })] }),
  ],
  [
    "the exit code is that of the report",
    "give 3, it ended with 0",
    seen({
      runs: [
        { ...ran(["stop"], ["failed"]), code: 0, report: { ...ran([], ["failed"]).report, exitCode: 0 } },
      ],
    }),
  ],
  [
    "the exit code is that of the report",
    "2 planned, 1 outcomes",
    seen({
      runs: [
        {
          ...ran(["start"], ["unchanged"]),
          report: { ...ran([], ["unchanged"]).report, counts: { planned: 2 } },
        },
      ],
    }),
  ],
  [
    "one writer",
    "at the same time",
    seen({
      runs: [ran(["restart"], ["changed"]), ran(["restart"], ["changed"], { began: 3_000, ended: 14_000 })],
    }),
  ],
  [
    "clocks do not matter",
    "failed under clock-ahead: expired",
    seen({
      hosts: [host({ faults: ["clock-ahead"] })],
      runs: [failedWith("expired")],
    }),
  ],
  ["the report is true", "version 1 runs, not 2", seen({ runs: resumed(["changed"]) })],
  ["a run that was cut short goes on", "ended with 3", seen({ runs: resumed(["failed"]) })],
  ["staging is empty", "keeps x.1", seen({ hosts: [host({ staging: ["x.1"] })] })],
  [
    "audited, done once, and ended",
    "record 3: cut",
    seen({ chains: [{ file: "h", why: "record 3: cut", records: [] }] }),
  ],
  [
    "audited, done once, and ended",
    "a was accepted more than once",
    seen({ hosts: [host({ audit: audited(record("a"), record("a")) })] }),
  ],
  [
    "audited, done once, and ended",
    "a was begun and not audited",
    seen({
      hosts: [host({ audit: audited(record("a", "refused")), operations: [{ op: "a", ended: true }] })],
    }),
  ],
  [
    "audited, done once, and ended",
    "a has no end",
    seen({ hosts: [host({ audit: audited(record("a")), operations: [{ op: "a", ended: false }] })] }),
  ],
  ["no secret in any output", "stands in a.log", seen({ leaks: ["a.log"] })],
  [
    "nothing ends by itself",
    "SIGSEGV",
    seen({ hosts: [host({ crashes: ["the agent ended with SIGSEGV"] })] }),
  ],
  ["the fleet comes to rest", "web is BACKOFF", seen({ restless: "web is BACKOFF" })],
  ["every host comes back", "never listens", seen({ troubles: ["bj-01: the agent never listens"] })],
]

test.each(WRONG)("%s: it is found when %s", (invariant, what, observation) => {
  expect(violations(observation)).toEqual([{ invariant, what: expect.stringContaining(what) }])
})

test("each invariant has a case that breaks it", () => {
  const broken = new Set(WRONG.map(([invariant]) => invariant))
  expect(INVARIANTS.map(({ name }) => name).filter(name => !broken.has(name))).toEqual([])
})

test("an agent that opens more and more files is found, unless it is another process", () => {
  const looks = (pids: readonly number[]) =>
    pids.map((pid, n) => ({ hosts: [host({ agent: { pid, files: 20 + 3 * n } })] }))
  expect(growth(looks(Array(10).fill(7)))).toEqual(["the agent of bj-01 has 47 files open, 20 at first"])
  expect(growth(looks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toEqual([])
  expect(growth(looks(Array(4).fill(7)))).toEqual([])
})

/** A deploy that was killed and then taken up again. */
function resumed(kinds: Parameters<typeof ran>[1]): Observation["runs"] {
  const killed = { ...withoutReport(null), args: DEPLOY, signals: ["SIGKILL"], ended: 900 }
  const run = ran(["resume", "d-1"], kinds, { began: 1_000 })
  return [killed, { ...run, report: { ...run.report, command: "deploy" } }]
}

function putBack(note: string): Observation["runs"][number] {
  const run = ran(DEPLOY, ["changed"])
  const outcomes = run.report!.outcomes!.map(outcome => ({ ...outcome, note }))
  return { ...run, report: { ...run.report, outcomes } }
}

function failedWith(message: string): Observation["runs"][number] {
  const run = ran(["deploy"], ["failed"])
  const outcomes = run.report!.outcomes!.map(outcome => ({ ...outcome, evidence: { message } }))
  return { ...run, report: { ...run.report, outcomes } }
}

function withoutReport(code: number | null): Observation["runs"][number] {
  const { report: _, ...run } = ran(["deploy"], [])
  return { ...run, code, signals: code === null ? ["SIGINT"] : [] }
}
