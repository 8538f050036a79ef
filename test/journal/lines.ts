import type { Began, Ended, RunRecordLine } from "../../src/journal/record.js"
import type { OutcomeKind } from "../../src/model/outcome.js"

export const BEGAN: Began = {
  operation: "r-20261122-101500-x7f2",
  verb: "restart",
  service: "shop",
  cluster: "test",
  who: "ann",
  from: "desk",
  pid: 1,
  born: "",
  argv: ["restart", "--yes"],
  cwd: "/",
  file: "/minos.yaml",
  fileDigest: "",
  planHash: "",
  tasks: [],
  targets: {},
}

export function began(tasks: readonly string[]): RunRecordLine {
  return { kind: "began", ...BEGAN, tasks }
}

export function change(task: string, step = "restart", pid = 7): RunRecordLine {
  const before = [{ name: "web", group: "web", pid, start: 1, stop: 0, now: 2, state: "RUNNING" } as const]
  return { kind: "change", task, host: "h-1", region: "r", step, before }
}

export function outcome(task: string, kind: OutcomeKind, step?: string): RunRecordLine & { kind: "outcome" } {
  const about = { task, host: "h-1", region: "r", outcome: kind, said: kind }
  return { kind: "outcome", ...about, ...(step === undefined ? {} : { step }) }
}

export function ended(left: number): RunRecordLine {
  return { kind: "ended", ...endOf(left) }
}

export function endOf(left: number): Ended {
  const counts = { planned: 3, changed: 3 - left, unchanged: 0, failed: 0, unreachable: 0, skipped: left }
  return { exitCode: left === 0 ? 0 : 130, counts, left }
}
