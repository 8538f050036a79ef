import { stripVTControlCharacters } from "node:util"
import { textWidth } from "./text-width.js"

const DOTS = "..."

/** Text of at most `width` columns; what is cut off shows as `...`, and what is cut has no colour. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  const dots = width > DOTS.length ? DOTS : ""
  let kept = ""
  let room = Math.max(0, width - dots.length)
  for (const character of stripVTControlCharacters(text)) {
    room -= textWidth(character)
    if (room < 0) break
    kept += character
  }
  return kept.trimEnd() + dots
}
