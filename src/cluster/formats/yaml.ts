import type { Piece } from "../../model/text.js"
import { checkedPieces, escapedPieces, leafText, unencodable } from "./leaf.js"
import { isList, isMap, type Leaf, type Note, type Value, type ValuePath, type ValueTree } from "./values.js"

/**
 * YAML in blocks, two spaces a level, that means the same in 1.1 and 1.2. By hand, because a library would have to know the text of
 * secrets and folders. A folder needs no escape: its path holds neither a quote nor a backslash, for which the agent stands.
 */
export function writeYaml(values: ValueTree, note: Note): readonly Piece[] {
  return [...block(values, [], "", note), "\n"]
}

// Begins where its first line begins, ends without a line break.
function block(value: Value, path: ValuePath, indent: string, note: Note): readonly Piece[] {
  if (isMap(value)) {
    if (value.entries.size === 0) return ["{}"]
    const entries = [...value.entries].map(([key, item]) => [
      `${keyText(key, [...path, key], note)}:`,
      ...afterKey(item, [...path, key], indent, note),
    ])
    return stacked(entries, indent)
  }
  if (isList(value)) {
    if (value.items.length === 0) return ["[]"]
    const items = value.items.map((item, i) => ["- ", ...block(item, [...path, i], `${indent}  `, note)])
    return stacked(items, indent)
  }
  return leaf(value, path, note)
}

function afterKey(value: Value, path: ValuePath, indent: string, note: Note): readonly Piece[] {
  const isBlock = (isMap(value) && value.entries.size > 0) || (isList(value) && value.items.length > 0)
  const inner = `${indent}  `
  return [isBlock ? `\n${inner}` : " ", ...block(value, path, inner, note)]
}

function stacked(parts: readonly (readonly Piece[])[], indent: string): readonly Piece[] {
  return parts.flatMap((part, i) => (i === 0 ? part : [`\n${indent}`, ...part]))
}

function keyText(key: string, path: ValuePath, note: Note): string {
  if (unencodable(key)) note(path, "the key holds half of a character, which YAML cannot hold")
  // https://yaml.org/spec/1.2.2/#742-flow-mappings: a key on one line has 1024 characters at most, its escapes and quotes among them.
  const text = isPlain(key) ? key : `"${escaped(key)}"`
  if (text.length > 1000) note(path, "the key is longer than the 1000 characters that YAML can hold")
  return text
}

function leaf(value: Leaf, path: ValuePath, note: Note): readonly Piece[] {
  const text = leafText(value, path, note)
  if (typeof value === "number") return [numberText(value)]
  if (typeof value === "boolean" || (typeof text === "string" && isPlain(text))) return [text as string]
  const pieces = checkedPieces(text, { format: "YAML", wrong: unencodable }, path, note)
  return ['"', ...escapedPieces(pieces, escaped), '"']
}

// 1.1 takes 1e-7 for a text, and 1.0e-7 for a number.
function numberText(value: number): string {
  return String(value).replace(/^(-?\d+)e/, "$1.0e")
}

// What some version or some reader of YAML takes for something else than a text; `e1` for a number.
const WORDS = /^(y|n|yes|no|on|off|true|false|null|e\d+)$/i

function isPlain(text: string): boolean {
  return /^[A-Za-z_/][A-Za-z0-9_./-]*$/.test(text) && !WORDS.test(text)
}

// Within double quotes YAML takes the escapes of JSON. What JSON leaves and some reader refuses or folds is escaped as well.
function escaped(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g, character => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
    })
}
