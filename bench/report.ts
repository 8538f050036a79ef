import type { Line, Verdict } from "./line.js"
import { DISTURBED, median, type Sample } from "./measure/sample.js"
import { megabytes, seconds } from "./write.js"

/** A sample and the experiment that it was taken in. */
export interface Told {
  readonly experiment: string
  readonly sample: Sample
}

/** The table of what was measured and what is wanted, in Markdown. */
export function linesTable(lines: readonly Line[]): string {
  return table(
    ["what", "minos", "compared with", "figure", "at most", "stretch", "reached"],
    lines.map(line => [
      line.what,
      line.minos,
      line.compared,
      line.figure ?? "",
      line.atMost,
      line.stretch,
      said(line.verdict),
    ]),
  )
}

/** What each command took, in Markdown. */
export function samplesTable(told: readonly Told[]): string {
  return table(
    ["experiment", "command", "runs", "wall: median (from - to)", "cpu", "memory", "disturbed runs"],
    told.map(({ experiment, sample: { name, runs, wall, cpu, rss } }) => {
      const walls = runs.map(run => run.wall)
      const range = `${seconds(Math.min(...walls))} - ${seconds(Math.max(...walls))}`
      const disturbed = runs.filter(run => run.others > DISTURBED).length
      return [
        experiment,
        name === "ours" ? "minos" : name,
        String(runs.length),
        `${seconds(wall)} (${range})`,
        seconds(cpu),
        megabytes(rss),
        disturbed === 0 ? "" : String(disturbed),
      ]
    }),
  )
}

/** A word about a machine that others used as well, or "". */
export function disturbance(told: readonly Told[]): string {
  const runs = told.flatMap(({ sample }) => sample.runs)
  const others = median(runs.map(run => run.others))
  if (!(others > DISTURBED)) return ""
  return `**The machine was busy: others took ${Math.round(others * 100)} % of it. The wall times say little, the CPU times and their ratios hold.**\n\n`
}

function said(verdict: Verdict): string {
  switch (verdict.kind) {
    case "stretch":
      return "stretch"
    case "reached":
      return "yes"
    case "missed":
      return "**no**"
    case "not-measured":
      return `not measured: ${verdict.why}`
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll("|", "\\|")).join(" | ")} |`
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n")
}
