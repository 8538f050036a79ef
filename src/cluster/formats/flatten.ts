import type { Piece } from "../../model/text.js"
import { checkedPieces, type LeafRules, leafText } from "./leaf.js"
import { isList, isMap, type Note, type ValueList, type ValuePath, type ValueTree } from "./values.js"

/** One line of a flat file; nothing in it is escaped yet. */
export interface FlatEntry {
  readonly key: string
  readonly pieces: readonly Piece[]
}

export interface FlatRules extends LeafRules {
  /** Why it cannot have such a key, as in `holds a line break`; undefined when it can. */
  readonly wrongKey: (key: string) => string | undefined
  /** Whether the keys of a map in a map become one, joined by `.`; else there must be none. */
  readonly joins: boolean
  /** What two keys must differ in; the key itself unless given. */
  readonly sameness?: (key: string) => string
}

/** The leaves of a tree in its order, each with its key; lists joined by `,`. What cannot be made flat is noted. */
export function flatten(
  values: ValueTree,
  rules: FlatRules,
  note: Note,
  top: ValuePath = [],
): readonly FlatEntry[] {
  const entries: FlatEntry[] = []
  const seen = new Set<string>()
  const { format, wrongKey, joins, sameness = (key: string) => key } = rules

  const visit = (tree: ValueTree, path: ValuePath, prefix: string): void => {
    if (isList(tree)) {
      note(path, `${format} is made of a map, and this is a list`)
      return
    }
    if (tree.entries.size === 0 && path.length > top.length)
      note(path, `${format} has no place for a map without keys`, "Leave it out.")
    for (const [name, value] of tree.entries) {
      const at = [...path, name]
      const key = `${prefix}${name}`
      const wrong = name === "" ? "is empty" : wrongKey(name)
      if (wrong !== undefined) note(at, `the key ${wrong}, which ${format} cannot hold`)
      if (isMap(value)) {
        if (joins) visit(value, at, `${key}.`)
        else note(at, `${format} has no maps within maps`, "Write its keys one level up.")
        continue
      }
      if (seen.has(sameness(key))) note(at, `the key ${JSON.stringify(key)} would be in the file twice`)
      seen.add(sameness(key))
      const text = isList(value) ? listText(value, at, format, note) : leafText(value, at, note)
      entries.push({ key, pieces: checkedPieces(text, rules, at, note) })
    }
  }
  visit(values, top, "")
  return entries
}

function listText({ items }: ValueList, path: ValuePath, format: string, note: Note): readonly Piece[] {
  const pieces: Piece[] = []
  const wrong = (text: string) => (text.includes(",") ? "holds a comma" : undefined)
  const rules = { format: `a list in ${format}`, wrong, hint: "Write the list as one text." }
  for (const [i, item] of items.entries()) {
    const at = [...path, i]
    if (i > 0) pieces.push(",")
    if (isMap(item) || isList(item)) note(at, `a list in ${format} can hold no maps and lists`)
    else pieces.push(...checkedPieces(leafText(item, at, note), rules, at, note))
  }
  return pieces
}
