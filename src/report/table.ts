import { textWidth } from "./text-width.js"

/** A column of a table. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => string
  /** Colours a cell that is already cut and padded. */
  readonly style?: (text: string, row: Row) => string
  /** Columns with a higher number give way first on a narrow terminal; those without one never do. */
  readonly dropAt?: number
}

const GAP = "  "

/** Rows as aligned lines. Where they are wider than `width`, columns that may be dropped go; a cell is never cut. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  heading: (text: string) => string = text => text,
): readonly string[] {
  const kept = fitting(columns, rows, width)
  const widths = kept.map(column => columnWidth(column, rows))
  const line = (texts: readonly string[]): string => texts.join(GAP).trimEnd()
  const head = line(kept.map((column, n) => pad(column.heading, widths[n]!)))
  const body = rows.map(row =>
    line(
      kept.map((column, n) => {
        const last = n === kept.length - 1
        const text = last ? column.cell(row) : pad(column.cell(row), widths[n]!)
        return column.style ? column.style(text, row) : text
      }),
    ),
  )
  return [heading(head), ...body]
}

function fitting<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
): readonly Column<Row>[] {
  let kept = columns
  while (totalWidth(kept, rows) > width) {
    const loser = kept.reduce<Column<Row> | undefined>(
      (worst, column) => ((column.dropAt ?? 0) > (worst?.dropAt ?? 0) ? column : worst),
      undefined,
    )
    if (!loser) return kept
    kept = kept.filter(column => column !== loser)
  }
  return kept
}

function totalWidth<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column, rows) + GAP.length, -GAP.length)
}

function columnWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  return rows.reduce((most, row) => Math.max(most, textWidth(column.cell(row))), textWidth(column.heading))
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)))
}
