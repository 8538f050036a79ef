import { DecodeError } from "./decode-error.js"
import { readShaped, type StructShape, shapeOf } from "./struct-shape.js"
import type { XmlRpcStruct } from "./value.js"
import { xmlText } from "./xml-text.js"

/** Reads a document from its start to its end, one tag or one stretch of text at a time. All throw a DecodeError. */
export interface XmlReader {
  /** Skips white space and comments, which must stand between two tags; nothing else may. */
  gap(): void
  /** Reads `<name>`, for the root with its namespace declarations. */
  root(name: string): void
  /** Reads `<name>`; false when it is `<name/>`, an element without content. */
  open(name: string): boolean
  /** Reads `</name>`. */
  close(name: string): void
  /** True when `</` is next. */
  atClose(): boolean
  /** True when `<name>` or `<name/>` is next. */
  atOpen(name: string): boolean
  /** Reads any start tag and gives its name, which ends in `/` when the element has no content. */
  openAny(): string
  /** Reads text with its references, comments and CDATA sections up to the next tag. */
  text(): string
  /** Reads the content and the end of a struct that is written like this one; undefined, and nothing is read, when it is not. */
  shaped(shape: StructShape): XmlRpcStruct | undefined
  /** The shape of a struct that was read, of which the content began there; undefined when it has none. */
  shapeSince(start: number): StructShape | undefined
  /** Where the next character is. */
  at(): number
  /** Makes sure that only white space and comments follow. */
  end(): void
  fail(what: string): never
}

const LESS = 0x3c
const SLASH = 0x2f
const BANG = 0x21
const SPACE = "[ \\t\\r\\n]"
const NAMESPACES = new RegExp(
  `(?:${SPACE}+xmlns(?::[\\w.-]+)?${SPACE}*=${SPACE}*(?:"[^"<]*"|'[^'<]*'))*${SPACE}*>`,
  "y",
)
const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }

/** A reader over the bytes of one document. With `lenient`, characters that XML forbids are taken as they are. */
export function createXmlReader(body: Buffer, lenient: boolean): XmlReader {
  const { text: source, start } = xmlText(body, lenient)
  // Known once for the whole document, so that most stretches of text need no look at their characters.
  const hasReferences = source.includes("&")
  const hasSectionEnds = source.includes("]]>")
  const isPlain = !hasReferences && !hasSectionEnds
  let at = start

  function fail(what: string, where = at): never {
    throw new DecodeError(what, where)
  }

  function gap(): void {
    for (;;) {
      let code = source.charCodeAt(at)
      while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = source.charCodeAt(++at)
      if (code !== LESS || source.charCodeAt(at + 1) !== BANG || !source.startsWith("<!--", at)) return
      skipComment()
    }
  }

  function skipComment(): void {
    const dashes = source.indexOf("--", at + 4)
    if (dashes < 0 || source.charCodeAt(dashes + 2) !== 0x3e) fail("a comment without its end")
    at = dashes + 3
  }

  function root(name: string): void {
    if (!source.startsWith(`<${name}`, at)) fail(`expected <${name}>, got ${here()}`)
    NAMESPACES.lastIndex = at + name.length + 1
    if (!NAMESPACES.test(source)) fail(`expected <${name}>, got ${here()}`)
    at = NAMESPACES.lastIndex
  }

  function open(name: string): boolean {
    const after = at + name.length + 1
    if (source.charCodeAt(at) === LESS && source.startsWith(name, at + 1)) {
      if (source.charCodeAt(after) === 0x3e) {
        at = after + 1
        return true
      }
      const tag = openAny()
      if (tag === name) return true
      if (tag === `${name}/`) return false
      at = after - name.length - 1
    }
    return fail(`expected <${name}>, got ${here()}`)
  }

  function openAny(): string {
    if (source.charCodeAt(at) !== LESS) fail(`expected a tag, got ${here()}`)
    const end = source.indexOf(">", at)
    if (end < 0) fail(`the tag ${here()} has no end`)
    const empty = source.charCodeAt(end - 1) === SLASH
    let last = empty ? end - 1 : end
    while (isSpace(source.charCodeAt(last - 1))) last--
    const name = source.slice(at + 1, last)
    at = end + 1
    return empty ? `${name}/` : name
  }

  function close(name: string): void {
    if (source.charCodeAt(at + 1) === SLASH && source.startsWith(name, at + 2)) {
      let end = at + name.length + 2
      while (isSpace(source.charCodeAt(end))) end++
      if (source.charCodeAt(end) === 0x3e) {
        at = end + 1
        return
      }
    }
    fail(`expected </${name}>, got ${here()}`)
  }

  function text(): string {
    let read = run()
    while (source.charCodeAt(at + 1) === BANG) {
      if (source.startsWith("<!--", at)) skipComment()
      else if (source.startsWith("<![CDATA[", at)) read += section()
      else fail(`${here()} is not allowed`)
      read += run()
    }
    return read
  }

  function run(): string {
    const end = source.indexOf("<", at)
    if (end < 0) fail("the text ends where a tag is due", source.length)
    const part = source.slice(at, end)
    if (hasSectionEnds && part.includes("]]>")) fail("]]> outside of a CDATA section")
    const read = hasReferences && part.includes("&") ? dereference(part) : part
    at = end
    return read
  }

  function section(): string {
    const end = source.indexOf("]]>", at)
    if (end < 0) fail("a CDATA section without its end")
    const read = source.slice(at + 9, end)
    at = end + 3
    return read
  }

  function dereference(part: string): string {
    return part.replace(/&([^;&]{0,24};)?/g, (whole, reference: string | undefined, offset: number) => {
      const character = reference && referred(reference.slice(0, -1))
      return character || fail(`the reference ${whole.slice(0, 14)} is unknown`, at + offset)
    })
  }

  function referred(name: string): string | undefined {
    if (!name.startsWith("#")) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined
    const hex = /^#x([0-9a-fA-F]+)$/.exec(name)?.[1]
    const decimal = /^#([0-9]+)$/.exec(name)?.[1]
    const code = hex ? Number.parseInt(hex, 16) : decimal ? Number(decimal) : Number.NaN
    return isCharacter(code) || (lenient && code < 0x20) ? String.fromCodePoint(code) : undefined
  }

  function here(): string {
    if (at >= source.length) return "the end of the text"
    const tag = /^<[^<>]{0,40}>?/.exec(source.slice(at, at + 42))?.[0]
    return JSON.stringify(tag && tag.length > 1 ? tag : source.slice(at, at + 20))
  }

  return {
    gap,
    root,
    open,
    openAny,
    close,
    text,
    fail,
    at: () => at,
    shapeSince: start => (isPlain ? shapeOf(source, start) : undefined),
    shaped: shape => {
      const found = isPlain ? readShaped(source, at, shape) : undefined
      if (found) at = found.after
      return found?.struct
    },
    atClose: () => source.charCodeAt(at) === LESS && source.charCodeAt(at + 1) === SLASH,
    atOpen: name => {
      if (!source.startsWith(`<${name}`, at)) return false
      const after = source.charCodeAt(at + name.length + 1)
      return after === 0x3e || after === SLASH || isSpace(after)
    },
    end: () => {
      gap()
      if (at < source.length) fail(`${here()} after the end of the document`)
    },
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** True for what XML 1.0 (section 2.2) counts as a character. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}
