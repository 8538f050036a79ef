import { expect, test } from "vitest"
import { auditReport, auditText } from "../../src/report/audit.js"
import { type HistoryReport, historyText, type RunRow } from "../../src/report/history.js"
import { PLAIN } from "../../src/report/palette.js"
import { resumeQuestion } from "../../src/report/resume.js"
import { type ShowReport, showText } from "../../src/report/show.js"

const ROW: RunRow = {
  operation: "d-20261122-101500-x7f2",
  began: "2026-11-22T10:15:00.123Z",
  who: "ann",
  from: "desk",
  verb: "deploy",
  service: "shop",
  cluster: "prod",
  state: "ended",
  exitCode: 0,
  counts: { planned: 3, changed: 3, unchanged: 0, failed: 0, unreachable: 0, skipped: 0 },
  left: 0,
}
const { exitCode: _exitCode, counts: _counts, left: _left, ...BARE } = ROW

test("the history is a line a run, with how it ended", () => {
  const cut: RunRow = {
    ...BARE,
    operation: "r-1",
    verb: "restart",
    state: "cut short",
    reason: "hot \x1b[2Jfix",
  }
  const damaged: RunRow = { ...BARE, operation: "r-0", state: "damaged", why: "record 1 is no record" }
  const running: RunRow = { ...cut, state: "running" }
  const report = { ...EMPTY, runs: [ROW, cut, running, damaged] }
  expect(historyText(report, PLAIN, 200).map(line => line.trimEnd())).toEqual([
    "OPERATION               BEGAN                 WHO  VERB     CLUSTER    ENDED                           REASON",
    "d-20261122-101500-x7f2  2026-11-22 10:15:00Z  ann  deploy   shop/prod  exit 0, 3 planned: 3 changed",
    "r-1                     2026-11-22 10:15:00Z  ann  restart  shop/prod  cut short                       hot \\x1b[2Jfix",
    "r-1                     2026-11-22 10:15:00Z  ann  restart  shop/prod  running                         hot \\x1b[2Jfix",
    "r-0                     2026-11-22 10:15:00Z  ann  deploy   shop/prod  damaged: record 1 is no record",
  ])
})

test("without a run there is one line", () => {
  expect(historyText(EMPTY, PLAIN, 80)).toEqual(["no run is noted in /state"])
})

test("a run is shown with who, what and where, and its tasks gathered by what became of them", () => {
  expect(showText(SHOWN, PLAIN, 200)).toEqual([
    "d-20261122-101500-x7f2",
    "  what        minos deploy --reason 'hot fix' --yes",
    "  where       shop/prod, /home/ann/prod.yaml",
    "  who         ann on desk, in /home/ann",
    "  began       2026-11-22 10:15:00Z",
    "  ended       cut short",
    "  journal     /state/operations/d.jsonl",
    "",
    "TASKS      HOSTS       STEP      STATE    SAID",
    "web.[0-1]  bj-[01-02]  activate  changed  1.4.2: RUNNING",
    "web.2      bj-03       activate  unknown",
    "web.3                            waiting",
    "next: minos resume d-20261122-101500-x7f2",
  ])
})

test("of a run that has ended, its own exit code is told, and what is left to do", () => {
  const ended = { time: "2026-11-22T10:16:00.000Z", exitCode: 130 }
  const lines = showText({ ...SHOWN, state: "ended", ended, left: 0 }, PLAIN, 200)
  expect(lines).toContain("  ended       exit 130 at 2026-11-22 10:16:00Z")
  expect(lines.join("\n")).not.toContain("minos resume")
  expect(showText({ ...SHOWN, state: "ended", ended, left: 1 }, PLAIN, 200).at(-1)).toContain("minos resume")
})

test("an audit says how much was checked, and where the first wrong record is", () => {
  const whole = auditReport("/state", { runs: 1, records: 6, damages: [] })
  expect([whole.exitCode, ...auditText(whole, PLAIN)]).toEqual([0, "whole: 1 run, 6 records in /state"])
  const damages = [
    { file: "d.jsonl", seq: 3, why: "it does not follow the record before it" },
    { file: "r.jsonl", seq: 0, why: "it is gone" },
  ]
  const bad = auditReport("/state", { runs: 2, records: 6, damages })
  expect([bad.exitCode, ...auditText(bad, PLAIN)]).toEqual([
    3,
    "d.jsonl record 3: it does not follow the record before it",
    "r.jsonl: it is gone",
    "",
    "2 damaged of 2 runs, 6 records in /state",
  ])
})

test("the question before a run goes on says how far it is", () => {
  expect(resumeQuestion(ROW, { planned: 12, done: 3, unknown: 1 })).toBe(
    "go on with d-20261122-101500-x7f2 (deploy shop/prod: 3 of 12 tasks done, 1 unknown)",
  )
  expect(resumeQuestion(ROW, { planned: 2, done: 0, unknown: 0 })).toContain("0 of 2 tasks done)")
})

const EMPTY: HistoryReport = {
  schema: 1,
  command: "history",
  ok: true,
  exitCode: 0,
  folder: "/state",
  runs: [],
}

const SHOWN: ShowReport = {
  ...BARE,
  schema: 1,
  command: "show",
  ok: true,
  exitCode: 0,
  state: "cut short",
  argv: ["deploy", "--reason", "hot fix", "--yes"],
  cwd: "/home/ann",
  file: "/home/ann/prod.yaml",
  journal: "/state/operations/d.jsonl",
  resumed: 0,
  tasks: [
    { task: "web.0", host: "bj-01", state: "changed", step: "activate", said: "1.4.2: RUNNING" },
    { task: "web.1", host: "bj-02", state: "changed", step: "activate", said: "1.4.2: RUNNING" },
    { task: "web.2", host: "bj-03", state: "unknown", step: "activate" },
    { task: "web.3", state: "waiting" },
  ],
}
