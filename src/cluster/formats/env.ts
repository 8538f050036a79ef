import type { Piece } from "../../model/text.js"
import { flatten } from "./flatten.js"
import { escapedPieces, unencodable } from "./leaf.js"
import type { Note, ValueTree } from "./values.js"

/**
 * `NAME='value'` lines that mean the same to a POSIX shell that reads them in with `.` and to the EnvironmentFile= of systemd, old and
 * new. Not for what takes quotes for a part of the value, as `docker run --env-file` does. A folder needs no escape: its path holds
 * neither a quote nor a backslash, for which the agent stands.
 */
export function writeEnv(values: ValueTree, note: Note): readonly Piece[] {
  const format = "an env file"
  return flatten(values, { format, joins: false, wrongKey, wrong }, note).flatMap(({ key, pieces }) => {
    return [`${key}='`, ...escapedPieces(pieces, escaped), "'\n"]
  })
}

function wrong(text: string): string | undefined {
  return text.includes("\0") ? "holds a NUL" : unencodable(text)
}

function wrongKey(key: string): string | undefined {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? undefined : "is not made of letters, digits and _"
}

// In double quotes beside the single ones: systemd knows no \' outside of quotes, and its older releases take a backslash
// within single quotes for an escape.
function escaped(text: string): string {
  return text.replace(/['\\]/g, character => (character === "'" ? `'"'"'` : `'"\\\\"'`))
}
