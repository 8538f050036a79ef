import type { Pair } from "yaml"
import { isAlias, isMap, isSeq, parse as parseYaml } from "yaml"
import type { Entry } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import type { Scope } from "./scope.js"
import { pair } from "./yaml-nodes.js"

/** How the content of a file of this name is written. */
export function formatOf(name: string): string {
  if (name === "zookeeper.cfg") return "zoo.cfg"
  if (name.endsWith(".xml")) return "hadoop-xml"
  if (/\.ya?ml$/.test(name)) return "yaml"
  return "properties"
}

/** The entries of a file's section as `values`, with their comments. */
export function valuesOf(entries: readonly Entry[], format: string, scope: Scope, draft: Draft): Pair[] {
  return entries.flatMap(entry => {
    const key = draft.text(entry.key, scope, entry.place)
    const value = valueOf(entry, format, scope, draft)
    return value === undefined ? [] : [pair(key, value, entry)]
  })
}

function valueOf(entry: Entry, format: string, scope: Scope, draft: Draft): unknown {
  if (format === "yaml") return yamlValue(entry, scope, draft)
  if (typeof entry.value !== "string") {
    draft.note(entry.place, {
      code: "LOOK",
      message: `${entry.key} is a list because its commas are not in quotes, and Minos wrote it as Python shows lists`,
      hint: "Here it is one text with commas. Look whether that is what the program reads.",
    })
  }
  const text = format === "hadoop-xml" ? unescaped(textOf(entry)) : textOf(entry)
  return plain(draft.text(text, scope, entry.place))
}

/** A number or a truth value where the text is one just as YAML writes it. */
export function plain(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true"
  return /^-?\d/.test(text) && String(Number(text)) === text && Number.isFinite(Number(text))
    ? Number(text)
    : text
}

/** Minos wrote values into XML as they are, so that its files hold them escaped already. */
function unescaped(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/g,
    (whole, hex, digits, name) => {
      if (name !== undefined) return ENTITIES.get(name) ?? whole
      const code = hex === undefined ? Number(digits) : Number.parseInt(hex, 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
])

// Minos put the text behind `key: `, and made a list of it at its commas.
function yamlValue(entry: Entry, scope: Scope, draft: Draft): unknown {
  const text = draft.text(textOf(entry), scope, entry.place)
  if (textOf(entry).startsWith("{")) {
    draft.note(entry.place, {
      code: "LOOK",
      message: `${entry.key}: Minos had a way of its own to write lists of maps`,
      hint: "Write a YAML list of maps: [{class: NAME, parallelism.hint: 1}]",
    })
    return text
  }
  // Commas outside of expressions.
  const items = (text.match(/(?:\{\{[^}]*\}\}|[^,])+/g) ?? [""]).map(item => asYaml(item.trim()))
  const value = items.length > 1 ? items : items[0]
  if (/join: "[,;]"/.test(text)) {
    draft.note(entry.place, {
      code: "LOOK",
      message: `${entry.key}: Minos made a YAML list of this, and it is one text with commas here`,
      hint: "Write the file with text: in place of values:, and the list with {% for %}",
    })
  }
  if (value !== null) return value
  draft.note(entry.place, {
    code: "NO_COUNTERPART",
    message: `${entry.key}: null is no value here, because it takes away a key of the file that is extended`,
    hint: "Left out, which most programs take for null.",
  })
  return undefined
}

function asYaml(text: string): unknown {
  if (/[{[&*!|>'"%@`#:]/.test(text)) return text
  try {
    const value: unknown = parseYaml(text)
    return isMap(value) || isSeq(value) || isAlias(value) || typeof value === "object" ? null : value
  } catch {
    return text
  }
}
