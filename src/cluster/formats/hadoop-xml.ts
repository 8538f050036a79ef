import type { Piece } from "../../model/text.js"
import { flatten } from "./flatten.js"
import { escapedPieces, padded, unencodable } from "./leaf.js"
import type { Note, ValueTree } from "./values.js"

/**
 * Hadoop's `<configuration>` of names and values, as XML 1.0. A folder needs no escape: its path holds neither `&` nor `<`, for which the
 * agent stands.
 */
export function writeHadoopXml(values: ValueTree, note: Note): readonly Piece[] {
  const format = "an XML file"
  const entries = flatten(values, { format, joins: true, wrongKey, wrong }, note)
  const properties = entries.flatMap(({ key, pieces }): readonly Piece[] => [
    `  <property>\n    <name>${escaped(key)}</name>\n    <value>`,
    ...escapedPieces(pieces, escaped),
    "</value>\n  </property>\n",
  ])
  return ['<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n', ...properties, "</configuration>\n"]
}

// https://www.w3.org/TR/xml/#charsets
function wrong(text: string): string | undefined {
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) return "holds a character that XML forbids"
  return unencodable(text)
}

// Hadoop takes the blanks off both ends of a name.
function wrongKey(key: string): string | undefined {
  return wrong(key) ?? padded(key)
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  // A reader would make a line break of it.
  "\r": "&#13;",
}

function escaped(text: string): string {
  return text.replace(/[&<>\r]/g, character => ENTITIES[character] ?? character)
}
