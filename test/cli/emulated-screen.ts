/**
 * What a terminal of these columns shows after this was written to it, scrolled-off lines included, without blanks at the ends.
 * Knows what ora and readline write; throws for any other escape code.
 */
export function screenOf(written: string, columns: number): readonly string[] {
  const rows: string[][] = [[]]
  let row = 0
  let column = 0
  const down = (): void => {
    row++
    rows[row] ??= []
  }
  for (const [token, count, code] of written.matchAll(/\x1b\[([?\d;]*)([A-Za-z])|./gsu)) {
    if (code !== undefined) {
      const n = Number(count) || 1
      if (code === "A") row = Math.max(0, row - n)
      else if (code === "G") column = n - 1
      else if (code === "K" && (count === "0" || count === ""))
        rows[row]!.length = Math.min(rows[row]!.length, column)
      else if (code === "K" && count === "2") rows[row] = []
      else if (!/^[mhl]$/.test(code)) throw new Error(`unknown escape code ${JSON.stringify(token)}`)
    } else if (token === "\n") {
      down()
      column = 0
    } else {
      if (column === columns) {
        down()
        column = 0
      }
      for (let blank = rows[row]!.length; blank < column; blank++) rows[row]![blank] = " "
      rows[row]![column++] = token
    }
  }
  const lines = rows.map(cells => cells.join("").trimEnd())
  while (lines.at(-1) === "") lines.pop()
  return lines
}
