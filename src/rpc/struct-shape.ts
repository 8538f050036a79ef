import { readBoolean, readInt } from "./scalar.js"
import type { XmlRpcStruct, XmlRpcValue } from "./value.js"

/**
 * How the structs of one kind are written, as far as they are all alike: every character but those of their values. A fleet sends
 * thousands of them, and to match a struct against the last one is five times faster than to read it tag by tag.
 */
export interface StructShape {
  readonly members: readonly MemberShape[]
  /** Matches from the first member to the end of the struct, with a group for the text of each value; none of an empty string. */
  readonly pattern: RegExp
  /** No member is called `__proto__`. */
  readonly isOrdinary: boolean
}

interface MemberShape {
  readonly name: string
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
const LONGEST = 16_384
const END = /\s*<\/struct>/y

/** The shape of the struct whose content begins at `at`, of a document that was read without an error; undefined unless all its values are simple and not very many. */
export function shapeOf(source: string, at: number): StructShape | undefined {
  const members: MemberShape[] = []
  let pattern = ""
  for (;;) {
    MEMBER.lastIndex = at
    const [found, before = "", name = "", type = "", after = ""] = MEMBER.exec(source) ?? []
    if (found === undefined || members.length === MOST_MEMBERS) break
    members.push({ name, read: READERS[type] as MemberShape["read"] })
    const value = `<${type}>([^<]*)</${type}>`
    pattern += literally(before) + (type === "string" ? `(?:${value}|<string/>)` : value) + literally(after)
    at += found.length
  }
  END.lastIndex = at
  const [end] = END.exec(source) ?? []
  if (end === undefined || members.length === 0 || pattern.length + end.length > LONGEST) return undefined
  return {
    members,
    pattern: new RegExp(pattern + literally(end), "y"),
    isOrdinary: members.every(({ name }) => name !== "__proto__"),
  }
}

/** A pattern for this text and no other. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
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
  { members, pattern, isOrdinary }: StructShape,
): ShapedStruct | undefined {
  pattern.lastIndex = at
  const found = pattern.exec(source)
  if (!found) return undefined
  // What begins without a prototype is a hash table from then on, of five times the size.
  const struct: Record<string, XmlRpcValue> = isOrdinary ? {} : Object.create(null)
  for (let n = 0; n < members.length; n++) {
    const { name, read } = members[n]!
    const value = read(found[n + 1] ?? "")
    if (value === undefined) return undefined
    struct[name] = value
  }
  return { struct: Object.setPrototypeOf(struct, null), after: pattern.lastIndex }
}
