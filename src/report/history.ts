import type { OutcomeKind } from "../model/outcome.js"
import { oneLine } from "../model/visible.js"
import type { Palette } from "./palette.js"
import { countsLine } from "./run-text.js"
import { type Column, table } from "./table.js"

/** How far a run has come: `cut short` when its process is gone and it had not said that it ended. */
export type RunState = "running" | "cut short" | "ended" | "damaged"

/** A run as the history lists it. */
export interface RunRow {
  readonly operation: string
  /** When it began, ISO 8601 in UTC. */
  readonly began: string
  readonly who: string
  readonly from: string
  readonly verb: string
  readonly service: string
  readonly cluster: string
  readonly state: RunState
  readonly exitCode?: number
  readonly counts?: Readonly<Record<"planned" | OutcomeKind, number>>
  /** Tasks that `minos resume` would go on with; absent where that is not known. */
  readonly left?: number
  readonly reason?: string
  /** Why its journal cannot be read, where it is damaged. */
  readonly why?: string
}

/** What `minos history` found. */
export interface HistoryReport {
  readonly schema: 1
  readonly command: "history"
  readonly ok: boolean
  readonly exitCode: number
  readonly folder: string
  /** Newest first. */
  readonly runs: readonly RunRow[]
}

/** The runs as lines, newest first. */
export function historyText(
  { runs, folder }: HistoryReport,
  palette: Palette,
  width: number,
): readonly string[] {
  if (runs.length === 0) return [`no run is noted in ${folder}`]
  const columns: readonly Column<RunRow>[] = [
    { heading: "OPERATION", cell: row => row.operation },
    // The id tells the time and the verb as well, for whoever knows.
    { heading: "BEGAN", cell: row => shortTime(row.began), dropAt: 2 },
    { heading: "WHO", cell: row => oneLine(row.who), dropAt: 3 },
    { heading: "VERB", cell: row => row.verb, dropAt: 1 },
    { heading: "CLUSTER", cell: row => (row.service === "" ? "" : `${row.service}/${row.cluster}`) },
    { heading: "ENDED", cell: ending, style: (text, row) => colour(row, palette)(text) },
    { heading: "REASON", cell: row => oneLine(row.reason ?? ""), dropAt: 4 },
  ]
  return table(columns, runs, width, palette.dim)
}

/** `exit 0, 3 planned: 3 changed`, `running`, `cut short`. */
export function ending({ state, exitCode, counts, why }: RunRow): string {
  switch (state) {
    case "running":
    case "cut short":
      return state
    case "damaged":
      return `damaged: ${oneLine(why ?? "")}`
    case "ended":
      return counts === undefined ? `exit ${exitCode}` : `exit ${exitCode}, ${countsLine(counts)}`
  }
}

/** `2026-11-22 10:15:00Z` */
export function shortTime(iso: string): string {
  return oneLine(iso.replace("T", " ").replace(/\.\d+Z$/, "Z"))
}

function colour({ state, exitCode }: RunRow, palette: Palette): (text: string) => string {
  if (state === "running") return palette.bold
  if (state === "ended") return exitCode === 0 ? palette.good : palette.warn
  return palette.bad
}
