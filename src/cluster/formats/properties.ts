import type { Piece } from "../../model/text.js"
import { type FlatRules, flatten } from "./flatten.js"
import { escapedPieces, unencodable } from "./leaf.js"
import type { Note, ValueTree } from "./values.js"

/**
 * Lines that java.util.Properties reads, whether as Latin-1 or as UTF-8: all but ASCII is escaped. The escapes are those of its method
 * `load`. A folder needs none: its path begins with `/` and holds neither a backslash nor other than ASCII, for which the agent stands.
 */
export function writeProperties(values: ValueTree, note: Note): readonly Piece[] {
  const format = "a properties file"
  return propertyLines(values, { format, joins: true, wrongKey: unencodable, wrong: unencodable }, note)
}

/** `key=value` lines with the escapes of java.util.Properties. */
export function propertyLines(values: ValueTree, rules: FlatRules, note: Note): readonly Piece[] {
  return flatten(values, rules, note).flatMap(({ key, pieces }) => {
    return [`${escapedKey(key)}=`, ...escapedPieces(pieces, escapedValue), "\n"]
  })
}

// A key ends at the first blank, = or : that is not escaped; # or ! at its start would make a comment of the line.
function escapedKey(key: string): string {
  return escaped(key).replace(/[ =:#!]/g, "\\$&")
}

// Blanks at the start are skipped. Any piece may be the first, and the escape means the same everywhere.
function escapedValue(value: string): string {
  return escaped(value).replace(/^ +/, blanks => "\\ ".repeat(blanks.length))
}

const SHORT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\f": "\\f",
}

function escaped(text: string): string {
  return text.replace(/[\\\x00-\x1f\x7f-\uffff]/g, unit => {
    return SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`
  })
}
