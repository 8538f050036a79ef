import type { Invariant } from "../invariant.js"
import type { RunJson, RunSeen } from "../observation.js"

/** Every run that was not killed ends with one JSON value, with the exit code that is in it, and one that its outcomes give. */
export const exitCode: Invariant = {
  name: "the exit code is that of the report",
  broken: ({ runs }) =>
    runs.flatMap(run => {
      const why = problem(run)
      return why === undefined ? [] : [`${run.args.join(" ")} (${run.file}): ${why}`]
    }),
}

function problem(run: RunSeen): string | undefined {
  const { code, report, hung, signals } = run
  if (hung) return "it did not end in four minutes"
  if (signals.includes("SIGKILL") && code === null) return undefined
  // A signal may find it before it listens to signals, and then there is nothing to report.
  if (code === null) return run.ended - run.began < 3_000 ? undefined : "a signal ended it without a report"
  if (!report) return `it ended with ${code} and no JSON`
  if (code === 1) return "it ended with 1: a bug in minos"
  if (report.exitCode !== undefined && report.exitCode !== code)
    return `it ended with ${code} and reports ${report.exitCode}`
  return report.outcomes === undefined || report.counts === undefined
    ? undefined
    : ofOutcomes(report, code, signals)
}

function ofOutcomes(report: RunJson, code: number, signals: readonly string[]): string | undefined {
  const { counts = {}, outcomes = [] } = report
  const tasks = new Set(outcomes.map(({ task }) => task))
  if (tasks.size !== outcomes.length) return "a task has two outcomes"
  if (counts.planned !== outcomes.length) return `${counts.planned} planned, ${outcomes.length} outcomes`
  const allowed = codesFor(report, signals)
  return allowed.includes(code)
    ? undefined
    : `its outcomes give ${allowed.join(" or ")}, it ended with ${code}`
}

function codesFor(report: RunJson, signals: readonly string[]): readonly number[] {
  const { outcomes = [], interrupted, halted, refused } = report
  const has = (kind: string): boolean => outcomes.some(outcome => outcome.kind === kind)
  if (interrupted) return signals.includes("SIGTERM") ? [143] : [130]
  if (halted !== undefined) return [9]
  if (refused !== undefined) return [7, 5]
  if (has("failed")) return [3]
  return has("unreachable") ? [4] : [0]
}
