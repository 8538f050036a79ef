/**
 * Lines of a difference, `- old` and `+ new`, for a width in columns: of an old and a new one that say the same thing and are
 * longer, only what is around their first difference. Others stay whole.
 */
export function shownDiff(lines: readonly string[], width: number): readonly string[] {
  const partners = partnersOf(lines)
  return lines.map((line, index) => {
    const other = partners.get(index)
    const partner = other === undefined ? undefined : lines[other]
    if (partner === undefined || Math.max(line.length, partner.length) <= width) return line
    const head = headOf(line)
    return `${line.slice(0, 2)}${head}${around(line.slice(2 + head.length), partner.slice(2 + head.length), width - 2 - head.length)}`
  })
}

/** Columns before the first difference that are shown too. */
const BEFORE = 30
const LEAST = 40
const DOTS = "..."

function around(text: string, other: string, columns: number): string {
  const from = Math.max(0, firstDifference(text, other) - BEFORE)
  const room = Math.max(LEAST, columns)
  const begin = from === 0 ? "" : DOTS
  const rest = text.slice(from)
  if (begin.length + rest.length <= room) return begin + rest
  return begin + rest.slice(0, room - begin.length - DOTS.length) + DOTS
}

function firstDifference(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** For each line the one of the other sign that begins with the same words; the first with the first, the second with the second. */
function partnersOf(lines: readonly string[]): ReadonlyMap<number, number> {
  const waiting = new Map<string, number[]>()
  const partners = new Map<number, number>()
  for (const [index, line] of lines.entries()) {
    const head = headOf(line)
    if (line.startsWith("- ")) {
      waiting.set(head, [...(waiting.get(head) ?? []), index])
      continue
    }
    const other = waiting.get(head)?.shift()
    if (other === undefined || head === "") continue
    partners.set(index, other)
    partners.set(other, index)
  }
  return partners
}

function headOf(line: string): string {
  return /^[-+] (.{1,300}?(?:: | \| ))/.exec(line)?.[1] ?? ""
}
