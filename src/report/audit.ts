import { EXIT_CODES } from "./exit-codes.js"
import type { Palette } from "./palette.js"

/** What `minos audit verify` found. */
export interface AuditReport {
  readonly schema: 1
  readonly command: "audit verify"
  readonly ok: boolean
  readonly exitCode: number
  readonly folder: string
  readonly runs: number
  readonly records: number
  /** `seq` is the number of the first record that is wrong; 0 when it is the file as a whole. */
  readonly damages: readonly { readonly file: string; readonly seq: number; readonly why: string }[]
}

/** Folds what was checked into a report. */
export function auditReport(
  folder: string,
  audit: Pick<AuditReport, "runs" | "records" | "damages">,
): AuditReport {
  const ok = audit.damages.length === 0
  const exitCode = (ok ? EXIT_CODES.ok : EXIT_CODES.failed).code
  return { schema: 1, command: "audit verify", ok, exitCode, folder, ...audit }
}

/** The report as lines. */
export function auditText(
  { runs, records, damages, folder }: AuditReport,
  palette: Palette,
): readonly string[] {
  const what = runs === 0 ? "" : `${runs} run${runs === 1 ? "" : "s"}, `
  const checked = `${what}${records} records in ${folder}`
  if (damages.length === 0) return [palette.good(`whole: ${checked}`)]
  return [
    ...damages.map(({ file, seq, why }) =>
      palette.bad(`${file}${seq === 0 ? "" : ` record ${seq}`}: ${why}`),
    ),
    "",
    palette.bad(`${damages.length} damaged of ${checked}`),
  ]
}
