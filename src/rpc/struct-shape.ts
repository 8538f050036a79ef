import { readBoolean, readInt } from "./scalar.js"
import type { XmlRpcStruct, XmlRpcValue } from "./value.js"

/**
 * How the structs of one kind are written, as far as they are all alike: every character but those of their values. A fleet sends
 * thousands of them, and to compare a struct with the last one is three times faster than to read it tag by tag.
 */
export interface StructShape {
  readonly members: readonly MemberShape[]
  /** From the last value to the end of the struct. */
  readonly end: string
  /** No member is called `__proto__`. */
  readonly isOrdinary: boolean
}

interface MemberShape {
  readonly name: string
  /** From the value before to this one. */
  readonly opens: string
  readonly closes: string
  /** The same where the value is `<string/>`. */
  readonly empty: string
  readonly read: (text: string) => XmlRpcValue | undefined
}

const READERS: Readonly<Record<string, MemberShape["read"]>> = {
  string: text => text,
  int: readInt,
  boolean: readBoolean,
}
const MEMBER =
  /(\s*<member>\s*<name>([^<&]*)<\/name>\s*<value>)<(string|int|boolean)(?:\/>|>[^<&]*<\/\3>)(<\/value>\s*<\/member>)/y
// More than any struct of supervisord's or of an agent's: what is remembered stays for as long as the process.
const MOST_MEMBERS = 64
const END = /\s*<\/struct>/y

/** The shape of the struct whose content begins at `at`, of a document that was read without an error; undefined unless all its values are simple and not very many. */
export function shapeOf(source: string, at: number): StructShape | undefined {
  const members: MemberShape[] = []
  for (;;) {
    MEMBER.lastIndex = at
    const [found, before = "", name = "", type = "", after = ""] = MEMBER.exec(source) ?? []
    if (found === undefined || members.length === MOST_MEMBERS) break
    const read = READERS[type] as MemberShape["read"]
    const empty = type === "string" ? `${before}<string/>${after}` : ""
    members.push({ name, opens: `${before}<${type}>`, closes: `</${type}>${after}`, empty, read })
    at += found.length
  }
  END.lastIndex = at
  const [end] = END.exec(source) ?? []
  if (end === undefined || members.length === 0) return undefined
  return { members, end, isOrdinary: members.every(({ name }) => name !== "__proto__") }
}

/** A struct that was read by its shape, and where the text goes on behind it. */
export interface ShapedStruct {
  readonly struct: XmlRpcStruct
  readonly after: number
}

/**
 * The struct whose content begins at `at`; undefined when it is written otherwise, or holds what is to be looked at more closely. The
 * document must hold neither references nor ends of CDATA sections.
 */
export function readShaped(
  source: string,
  at: number,
  { members, end, isOrdinary }: StructShape,
): ShapedStruct | undefined {
  // What begins without a prototype is a hash table from then on, of five times the size.
  const struct: Record<string, XmlRpcValue> = isOrdinary ? {} : Object.create(null)
  for (const { name, opens, closes, empty, read } of members) {
    if (source.startsWith(opens, at)) {
      const from = at + opens.length
      const to = source.indexOf("<", from)
      if (to < 0 || !source.startsWith(closes, to)) return undefined
      const value = read(source.slice(from, to))
      if (value === undefined) return undefined
      struct[name] = value
      at = to + closes.length
    } else if (empty !== "" && source.startsWith(empty, at)) {
      struct[name] = ""
      at += empty.length
    } else return undefined
  }
  if (!source.startsWith(end, at)) return undefined
  return { struct: Object.setPrototypeOf(struct, null), after: at + end.length }
}
