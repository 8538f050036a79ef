import type { Located } from "../located.js"

/**
 * Where something in a text stands in its file. `offset` counts in `text`, which is what the YAML parser made of the value,
 * or the key, at `at`. Found by looking for the same tag again, since quotes and indentation move it; else the value itself.
 */
export function exactOffset(at: Located, on: "key" | "value", text: string, offset: number): number {
  const start = on === "key" ? (at.keyOffset ?? at.offset) : at.offset
  const opened = Math.max(text.lastIndexOf("{{", offset), text.lastIndexOf("{%", offset))
  if (opened === -1) return start
  const before = occurrences(text.slice(0, opened), text.slice(opened, opened + 2))
  let found = textStart(at.from.text, start) - 1
  for (let n = 0; n <= before; n++) {
    found = at.from.text.indexOf(text.slice(opened, opened + 2), found + 1)
    if (found === -1) return start
  }
  // The tag may be broken over lines or hold escapes, and then its start is near enough.
  const inTag = text.slice(opened, offset)
  return at.from.text.startsWith(inTag, found) ? found + inTag.length : found
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1
}

// What stands behind the | or > of a block is a comment, and no part of it.
function textStart(text: string, start: number): number {
  return text[start] === "|" || text[start] === ">" ? text.indexOf("\n", start) + 1 : start
}
