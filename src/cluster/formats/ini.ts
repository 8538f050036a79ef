import type { Piece } from "../../model/text.js"
import { type FlatRules, flatten } from "./flatten.js"
import { padded, unlined } from "./leaf.js"
import { isMap, type Note, type ValueMap, type ValuePath, type ValueTree } from "./values.js"

/**
 * `key = value` lines, those at the top first, then each map as a `[section]`. Nothing is escaped, for readers do not agree on any
 * escape: what one of them would take for a comment or cut off is refused. A folder is none of that: its path begins with `/`, ends
 * with no blank, and holds no line break, `;` or `#`, for which the agent stands.
 */
export function writeIni(values: ValueTree, note: Note): readonly Piece[] {
  if (values.kind === "list") {
    note([], `${FORMAT} is made of a map, and this is a list`)
    return []
  }
  const all = [...values.entries]
  const sections = all.filter((entry): entry is [string, ValueMap] => isMap(entry[1]))
  const leaves = new Map(all.filter(([, value]) => !isMap(value)))
  const top = lines({ kind: "map", entries: leaves }, [], note)
  const parts = sections.map(([name, section]) => {
    const bad = name === "" ? "is empty" : wrongSection(name)
    if (bad !== undefined) note([name], `the name of a section ${bad}, which ${FORMAT} cannot hold`)
    return [`[${name}]\n`, ...lines(section, [name], note)]
  })
  return [...(top.length > 0 ? [top] : []), ...parts].flatMap((part, i) => (i === 0 ? part : ["\n", ...part]))
}

const FORMAT = "an ini file"

function lines(section: ValueMap, path: ValuePath, note: Note): Piece[] {
  return flatten(section, RULES, note, path).flatMap(({ key, pieces }) => [`${key} = `, ...pieces, "\n"])
}

// Many readers do not tell KEY from key.
const RULES: FlatRules = { format: FORMAT, joins: false, wrongKey, wrong, sameness: key => key.toLowerCase() }

function wrong(text: string): string | undefined {
  if (/(^|\s)[;#]/.test(text)) return "holds a ; or # that may begin a comment"
  return unlined(text) ?? padded(text)
}

function wrongKey(key: string): string | undefined {
  if (/^[[;#]/.test(key)) return "begins with [, ; or #"
  if (/[=:]/.test(key)) return "holds a = or :"
  return wrong(key)
}

function wrongSection(name: string): string | undefined {
  return /[[\]]/.test(name) ? "holds a bracket" : wrong(name)
}
