import type { Problem } from "../cluster/problem.js"
import { printable } from "../model/visible.js"
import { readValue } from "./configobj-value.js"
import type { Place } from "./note.js"

/** `key = value` of a file of Minos. */
export interface Entry {
  readonly key: string
  /** A list where commas stand outside quotes. */
  readonly value: string | readonly string[]
  readonly place: Place
  /** The comment lines before it, without their marks; then the one behind it. */
  readonly before: readonly string[]
  readonly comment?: string
}

/** `[name]`, or one of more brackets inside it. */
export interface Section {
  readonly name: string
  readonly place: Place
  readonly before: readonly string[]
  readonly entries: readonly Entry[]
  readonly sections: readonly Section[]
}

export interface ParsedConfig {
  /** The whole file, as a section without a name. */
  readonly root: Section
  /** Lines that are not in the syntax; they are left out of `root`. */
  readonly problems: readonly Problem[]
}

/**
 * Reads the syntax of Python's ConfigObj as far as Minos' files use it: nested sections, quotes, triple quotes over lines,
 * lists, `#` comments. Never throws.
 */
export function parseConfig(file: string, text: string): ParsedConfig {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/)
  const problems: Problem[] = []
  const head: string[] = []
  const root = open("", { file, line: 1 }, head)
  const path: Opened[] = [root]
  const keys = mapsOf<Place>()
  const inside = mapsOf<Opened>()
  let before: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = (lines[i] ?? "").trim()
    const place = { file, line: i + 1 }
    const wrong = (message: string, hint: string) =>
      problems.push({ code: "CFG_SYNTAX", ...place, col: 1, message, hint })
    if (line === "") {
      if (root.entries.length + root.sections.length === 0) for (const one of before) head.push(one)
      before = []
      continue
    }
    if (/^[#;]/.test(line)) {
      before.push(line.replace(/^[#;]+\s?/, ""))
      continue
    }
    if (line.startsWith("[")) {
      enter({ path, inside }, line, place, before, wrong)
      before = []
      continue
    }
    const pair = splitPair(line)
    if (pair === undefined) {
      wrong(`expected [section] or key=value, got ${printable(line)}`, "Mend the line, or put # before it.")
      continue
    }
    const read = readValue(pair[1], lines, i)
    i = read.last
    if ("wrong" in read) {
      wrong(read.wrong, read.hint)
      continue
    }
    const { value, comment } = read
    const section = path.at(-1) ?? root
    const same = keys(section).get(pair[0])
    if (same === undefined) {
      keys(section).set(pair[0], place)
      section.entries.push({ key: pair[0], value, place, before, ...(comment !== undefined && { comment }) })
    } else wrong(`the key ${printable(pair[0])} stands here a second time`, `See line ${same.line}.`)
    before = []
  }
  return { root, problems }
}

interface Opened extends Section {
  readonly entries: Entry[]
  readonly sections: Opened[]
}

type Wrong = (message: string, hint: string) => void

/** The key and the rest of a line; the key ends at the first equals sign outside quotes. */
function splitPair(line: string): readonly [string, string] | undefined {
  const quote = /^["']/.exec(line)?.[0]
  const from = quote === undefined ? 0 : line.indexOf(quote, 1)
  const equals = from === -1 ? -1 : line.indexOf("=", from)
  if (equals < 1) return undefined
  return [unquoted(line.slice(0, equals).trim()), line.slice(equals + 1).trim()]
}

/** The brackets and the name of a section's line. */
function splitHead(line: string): { readonly depth: number; readonly name: string } | undefined {
  const depth = /^\[*/.exec(line)?.[0].length ?? 0
  const end = line.indexOf("]")
  const name = end === -1 ? "" : line.slice(depth, end).trim()
  const rest = line.slice(end)
  const right = /^\]*/.exec(rest)?.[0].length ?? 0
  const behind = rest.slice(right).trim()
  if (name === "" || depth !== right || (behind !== "" && !behind.startsWith("#"))) return undefined
  return { depth, name: unquoted(name) }
}

function open(name: string, place: Place, before: readonly string[]): Opened {
  return { name, place, before, entries: [], sections: [] }
}

/** What each section holds, by its name; the lists alone would take minutes for a file of sections only. */
function mapsOf<T>(): (section: Opened) => Map<string, T> {
  const maps = new Map<Opened, Map<string, T>>()
  return section => {
    const found = maps.get(section) ?? new Map<string, T>()
    maps.set(section, found)
    return found
  }
}

/** The sections that the reader stands in, and all that it has met. */
interface Standing {
  readonly path: Opened[]
  readonly inside: (section: Opened) => Map<string, Opened>
}

/** Goes into the section that a line names; `path` is left as it was when there is something wrong with it. */
function enter(
  { path, inside }: Standing,
  line: string,
  place: Place,
  before: readonly string[],
  wrong: Wrong,
): unknown {
  const head = splitHead(line)
  if (head === undefined) {
    return wrong("a section needs as many brackets after its name as before", "Write [name] or [[name]]")
  }
  const { depth, name } = head
  if (depth > path.length) {
    return wrong(
      `a section of ${depth} brackets stands in one of ${path.length - 1}`,
      `Write ${path.length} brackets, or put the section that holds it above.`,
    )
  }
  const parent = path[depth - 1] as Opened
  const same = inside(parent).get(name)
  if (same !== undefined) {
    wrong(
      `the section ${printable(name)} stands here a second time`,
      `Put both together, at line ${same.place.line}.`,
    )
  }
  const section = same ?? open(name, place, before)
  if (same === undefined) {
    inside(parent).set(name, section)
    parent.sections.push(section)
  }
  path.length = depth
  return path.push(section)
}

function unquoted(text: string): string {
  const quoted = text.length > 1 && /["']/.test(text.charAt(0)) && text.endsWith(text.charAt(0))
  return quoted ? text.slice(1, -1) : text
}

/** The section of this name directly inside another. */
export function findSection(section: Section, name: string): Section | undefined {
  return section.sections.find(one => one.name === name)
}

/** The entry of this key directly in a section. */
export function findEntry(section: Section | undefined, key: string): Entry | undefined {
  return section?.entries.find(one => one.key === key)
}
