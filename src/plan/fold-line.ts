import { createHash } from "node:crypto"

/** UTF-16 units of a line that every agent takes. */
const LONGEST = 1_000
/** Lines that one is cut into; what is left over is there as a digest. */
const MOST_PARTS = 20
const HEAD = /^(.{1,300}?)(: | \| )/

/**
 * A line as one or several, none longer than 1,000 UTF-16 units: `command: ...`, `command (2): ...`; of a file `a | ...`,
 * `a | (2) ...`. Where lines differ anywhere, their parts do.
 */
export function foldLine(line: string): readonly string[] {
  if (line.length <= LONGEST) return [line]
  const [head = "", name = "", mark = ": "] = HEAD.exec(line) ?? []
  const headOf = (part: number): string => {
    if (part === 1) return head
    return mark === ": " ? `${name} (${part}): ` : `${name}${mark}(${part}) `
  }
  const parts: string[] = []
  let rest = line.slice(head.length)
  while (rest !== "") {
    const next = headOf(parts.length + 1)
    if (parts.length === MOST_PARTS - 1 && next.length + rest.length > LONGEST) {
      parts.push(`${next}${rest.length} more characters (${digest(rest)})`)
      break
    }
    const end = wholeEnd(rest, LONGEST - next.length)
    parts.push(next + rest.slice(0, end))
    rest = rest.slice(end)
  }
  return parts
}

/** A line of at most `most` UTF-16 units, at least 50: what does not fit is there as a digest. */
export function cutLine(line: string, most: number): string {
  if (line.length <= most) return line
  return `${line.slice(0, wholeEnd(line, most - 20))}... (${digest(line)})`
}

// Half of a character is no text that can be sent.
function wholeEnd(text: string, end: number): number {
  const isCut = end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))
  return isCut ? end - 1 : end
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12)
}
