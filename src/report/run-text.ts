import type { Evidence, Outcome, OutcomeKind } from "../model/outcome.js"
import { OUTCOME_KINDS } from "../model/outcome.js"
import { fold } from "../model/ranges.js"
import { visible } from "../model/visible.js"
import { byRegionAndKind, causeOf, gather, hostNames, whereIs } from "./gather.js"
import type { Palette } from "./palette.js"
import type { RunReport } from "./report.js"
import { type Column, table } from "./table.js"

/** A run's report as lines for a person: what became of each region, the failures with their causes, the counts. */
export function runText(report: RunReport, palette: Palette, width: number): readonly string[] {
  const { outcomes } = report
  return [
    ...regionTable(outcomes, palette, width),
    ...causes(outcomes, palette),
    "",
    ...(report.refused === undefined ? [] : [palette.bad(report.refused)]),
    ...(report.halted === undefined ? [] : [palette.bad(`halted: ${visible(report.halted)}`)]),
    ...(report.reverted === undefined ? [] : [palette.warn(`put back: ${times(report.reverted, "task")}`)]),
    ...(report.hookFailures ?? []).map(words => palette.warn(visible(words))),
    ...(report.reason === undefined ? [] : [palette.dim(`not watched, because: ${visible(report.reason)}`)]),
    ...(report.journal?.trouble === undefined ? [] : [palette.bad(visible(report.journal.trouble))]),
    summary(report, palette),
    ...nextStep(report).map(words => palette.dim(`next: ${words}`)),
  ]
}

/** What to do now, where something is left to do. */
function nextStep({
  operation,
  journal,
  command,
  refused,
  counts,
  outcomes,
  interrupted,
  reverted,
}: RunReport): readonly string[] {
  if (refused !== undefined)
    return counts.unreachable > 0
      ? ["mend what is named above, or leave dead hosts out with --skip-unreachable N"]
      : ["mend what is named above and run it again"]
  if (journal && journal.left > 0 && (interrupted || outcomes.some(isUnknown)))
    return [`minos resume ${operation}`]
  if (outcomes.some(isUnknown))
    return ["minos status, when the hosts answer again; running this again is safe"]
  if (command === "deploy" && counts.failed > 0 && reverted === undefined)
    return ["mend it and deploy again, or go back: minos rollback --task NAME"]
  if (counts.failed > 0) return [`mend it, then minos ${command} again`]
  return interrupted && counts.skipped > 0 ? [`minos ${command} again for what was skipped`] : []
}

/** `8 planned: 4 changed, 1 failed, 3 skipped` with the kinds that occur, and `nothing to do` for none. */
export function countsLine(counts: RunReport["counts"]): string {
  const parts = OUTCOME_KINDS.filter(kind => counts[kind] > 0).map(kind => `${counts[kind]} ${kind}`)
  return parts.length === 0 ? "nothing to do" : `${counts.planned} planned: ${parts.join(", ")}`
}

function regionTable(outcomes: readonly Outcome[], palette: Palette, width: number): readonly string[] {
  type Row = ReturnType<typeof byRegionAndKind>[number]
  const columns: readonly Column<Row>[] = [
    { heading: "REGION", cell: row => row.region },
    {
      heading: "OUTCOME",
      cell: row => row.kind,
      style: (text, row) => colour(row.kind, palette)(text),
    },
    { heading: "TASKS", cell: row => String(row.members.length) },
    { heading: "HOSTS", cell: row => fold(hostNames(row.members)).join(",") },
  ]
  return table(columns, byRegionAndKind(outcomes), width, palette.dim)
}

function causes(outcomes: readonly Outcome[], palette: Palette): readonly string[] {
  const bad = outcomes.filter(
    outcome => outcome.kind === "failed" || outcome.kind === "unreachable" || outcome.kind === "skipped",
  )
  return gather(bad, causeOf).flatMap(({ members }) => ["", ...cause(members, palette)])
}

function cause(members: readonly Outcome[], palette: Palette): readonly string[] {
  const first = members[0]!
  const head = colour(first.kind, palette)(`${first.kind}${isUnknown(first) ? " (outcome unknown)" : ""}`)
  const line = `${head}  ${who(members)}`
  switch (first.kind) {
    case "failed":
      return [line, ...evidenceLines(first.evidence, members.length > 1 ? first.host : undefined, palette)]
    case "unreachable":
      return [
        line,
        `  ${visible(first.failure.message)} (${whereIs(members)})`,
        ...(isUnknown(first)
          ? ["  a change was sent before the answers ended; minos status shows what became of it"]
          : []),
        palette.dim(`  ${first.failure.hint}`),
      ]
    case "skipped":
      return [line, `  ${first.why}`]
    case "changed":
    case "unchanged":
      return []
  }
}

function isUnknown(outcome: Outcome): boolean {
  return outcome.kind === "unreachable" && outcome.unknown
}

/** `web.3 on bj-02`, or for many `web.[0-3] on bj-[01-02] (4 tasks)`. */
function who(members: readonly Outcome[]): string {
  const tasks = fold(members.map(member => member.task)).join(",")
  const hosts = fold(hostNames(members)).join(",")
  return `${tasks} on ${hosts}${members.length > 1 ? ` (${members.length} tasks)` : ""}`
}

/** The evidence of one task; `from` names its host where it speaks for several. */
function evidenceLines(evidence: Evidence, from: string | undefined, palette: Palette): readonly string[] {
  const facts = [
    evidence.spawnError === undefined ? "" : `spawn error: ${evidence.spawnError}`,
    evidence.exitStatus === undefined ? "" : exitText(evidence.exitStatus),
    evidence.restarts === undefined ? "" : `started anew ${times(evidence.restarts, "time")}`,
  ].filter(fact => fact !== "")
  const stderr = evidence.stderr ?? []
  return [
    `  ${visible(evidence.message)}`,
    ...(facts.length === 0 ? [] : [`  ${visible(facts.join("; "))}`]),
    ...(evidence.hint === undefined ? [] : [palette.dim(`  ${visible(evidence.hint)}`)]),
    ...(stderr.length === 0
      ? []
      : [palette.dim(`  the last lines it wrote${from === undefined ? "" : ` on ${from}`}:`)]),
    ...stderr.map(text => `  | ${visible(text)}`),
  ]
}

function times(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}

function exitText(status: number): string {
  return status === -1 ? "ended by a signal" : `exit status ${status}`
}

function summary(report: RunReport, palette: Palette): string {
  const words = `${report.command} ${report.service}/${report.cluster}: ${countsLine(report.counts)} in ${report.seconds} s`
  const end = report.interrupted ? `${words} (interrupted)` : words
  return report.ok ? palette.good(end) : palette.bad(end)
}

function colour(kind: OutcomeKind, palette: Palette): (text: string) => string {
  switch (kind) {
    case "changed":
      return palette.good
    case "unchanged":
      return palette.dim
    case "failed":
    case "unreachable":
      return palette.bad
    case "skipped":
      return palette.warn
  }
}
