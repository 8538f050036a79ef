import type { Piece } from "../../model/text.js"
import { checkedPieces, escapedPieces, leafText, unencodable } from "./leaf.js"
import { isList, isMap, type Leaf, type Note, type Value, type ValuePath, type ValueTree } from "./values.js"

/**
 * JSON with two spaces a level. By hand, because JSON.stringify would move keys that look like numbers, and knows no secrets. A folder needs
 * no escape: its path holds neither a quote nor a backslash, for which the agent stands.
 */
export function writeJson(values: ValueTree, note: Note): readonly Piece[] {
  return [...written(values, [], "", note), "\n"]
}

function written(value: Value, path: ValuePath, indent: string, note: Note): readonly Piece[] {
  const inner = `${indent}  `
  if (isMap(value)) {
    const members = [...value.entries].map(([key, item]) => {
      if (unencodable(key)) note([...path, key], "the key holds half of a character, which JSON cannot hold")
      return [`${JSON.stringify(key)}: `, ...written(item, [...path, key], inner, note)]
    })
    return enclosed("{", members, "}", indent)
  }
  if (isList(value)) {
    const items = value.items.map((item, i) => written(item, [...path, i], inner, note))
    return enclosed("[", items, "]", indent)
  }
  return leaf(value, path, note)
}

function enclosed(
  open: string,
  parts: readonly (readonly Piece[])[],
  close: string,
  indent: string,
): readonly Piece[] {
  if (parts.length === 0) return [open + close]
  const lines = parts.flatMap((part, i) => [i === 0 ? `\n${indent}  ` : `,\n${indent}  `, ...part])
  return [open, ...lines, `\n${indent}${close}`]
}

function leaf(value: Leaf, path: ValuePath, note: Note): readonly Piece[] {
  const text = leafText(value, path, note)
  if (typeof value === "number" || typeof value === "boolean") return [text as string]
  const pieces = checkedPieces(text, { format: "JSON", wrong: unencodable }, path, note)
  return ['"', ...escapedPieces(pieces, part => JSON.stringify(part).slice(1, -1)), '"']
}
