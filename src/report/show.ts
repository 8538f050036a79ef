import type { OutcomeKind } from "../model/outcome.js"
import { fold } from "../model/ranges.js"
import { oneLine } from "../model/visible.js"
import { gather } from "./gather.js"
import { ending, type RunRow, shortTime } from "./history.js"
import type { Palette } from "./palette.js"
import { type Column, table } from "./table.js"

/** What a journal says of one task at last. */
export interface ShownTask {
  readonly task: string
  readonly host?: string
  readonly region?: string
  /** `unknown`: a change was about to be sent, and what became of it was not noted; `waiting`: the run had not come to it. */
  readonly state: OutcomeKind | "unknown" | "waiting"
  readonly step?: string
  readonly op?: string
  readonly said?: string
  readonly time?: string
}

/** One run, by its journal. */
export interface ShowReport extends RunRow {
  readonly schema: 1
  readonly command: "show"
  readonly ok: true
  /** 0: the run was found. What it ended with stands in `ended`. */
  readonly exitCode: 0
  readonly ended?: { readonly time: string; readonly exitCode: number }
  readonly argv: readonly string[]
  readonly cwd: string
  readonly file: string
  readonly journal: string
  /** How often it was resumed. */
  readonly resumed: number
  readonly halted?: string
  readonly interrupted?: string
  readonly tasks: readonly ShownTask[]
}

/** A run as lines: who did what and how it ended, then what became of each task. */
export function showText(report: ShowReport, palette: Palette, width: number): readonly string[] {
  const { exitCode: _own, ...rest } = report
  const row: RunRow = report.ended ? { ...rest, exitCode: report.ended.exitCode } : rest
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["what", `minos ${report.argv.map(quoted).join(" ")}`],
    ["where", `${report.service}/${report.cluster}, ${report.file}`],
    ["who", `${report.who} on ${report.from}, in ${report.cwd}`],
    ["began", shortTime(report.began)],
    ["ended", `${ending(row)}${report.ended ? ` at ${shortTime(report.ended.time)}` : ""}`],
    ["resumed", report.resumed === 0 ? undefined : String(report.resumed)],
    ["interrupted", report.interrupted],
    ["halted", report.halted],
    ["reason", report.reason],
    ["journal", report.journal],
  ]
  return [
    palette.bold(report.operation),
    ...facts.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(12)}${oneLine(text)}`])),
    "",
    ...tasksTable(report.tasks, palette, width),
    ...(isResumable(report) ? [palette.dim(`next: minos resume ${report.operation}`)] : []),
  ]
}

function isResumable({ state, left }: ShowReport): boolean {
  return state === "cut short" || (state === "ended" && (left ?? 0) > 0)
}

/** Tasks of which the same is to be said stand on one line. */
function tasksTable(tasks: readonly ShownTask[], palette: Palette, width: number): readonly string[] {
  type Row = ReturnType<typeof gather<ShownTask>>[number]
  const first = ({ members }: Row): ShownTask => members[0] as ShownTask
  const columns: readonly Column<Row>[] = [
    { heading: "TASKS", cell: row => fold(row.members.map(({ task }) => task)).join(",") },
    {
      heading: "HOSTS",
      cell: row => fold(row.members.flatMap(({ host }) => host ?? [])).join(","),
      dropAt: 2,
    },
    { heading: "STEP", cell: row => first(row).step ?? "", dropAt: 1 },
    {
      heading: "STATE",
      cell: row => first(row).state,
      style: (text, row) => colour(first(row).state, palette)(text),
    },
    { heading: "SAID", cell: row => oneLine(first(row).said ?? "") },
  ]
  const rows = gather(tasks, ({ state, step, said }) => JSON.stringify([state, step, said]))
  return table(columns, rows, width, palette.dim)
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function colour(state: ShownTask["state"], palette: Palette): (text: string) => string {
  switch (state) {
    case "changed":
      return palette.good
    case "unchanged":
    case "waiting":
      return palette.dim
    case "failed":
    case "unreachable":
    case "unknown":
      return palette.bad
    case "skipped":
      return palette.warn
  }
}
