import { readBase64, readBoolean, readDateTime, readDouble, readInt, readInteger } from "./scalar.js"
import type { StructShape } from "./struct-shape.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"
import { createXmlReader, type XmlReader } from "./xml-reader.js"

export { DecodeError } from "./decode-error.js"

/** What a server answered. */
export type Answer =
  | { readonly kind: "value"; readonly value: XmlRpcValue }
  | { readonly kind: "fault"; readonly code: number; readonly message: string }

/** What a caller asked for. */
export interface Call {
  readonly method: string
  readonly params: readonly XmlRpcValue[]
}

export interface DecodeOptions {
  /**
   * Reads what supervisord's log methods send although it is not XML: raw control characters are kept, bytes that
   * are not UTF-8 become U+FFFD, and line ends stay as they are. False unless given.
   */
  readonly lenient?: boolean
}

const MAX_DEPTH = 64
const MAX_CALL_VALUES = 10_000
// Enough for 10,000 processes with 14 members each, several times over.
const MAX_ANSWER_VALUES = 1_000_000

/** Reads a methodResponse. Throws a DecodeError for anything that is not exactly one. */
export function decodeResponse(body: Buffer, { lenient = false }: DecodeOptions = {}): Answer {
  const xml = createXmlReader(body, lenient)
  const values = valueReader(xml, MAX_ANSWER_VALUES)
  xml.gap()
  xml.root("methodResponse")
  xml.gap()
  const answer = xml.atOpen("fault") ? readFault(xml, values) : readResult(xml, values)
  xml.gap()
  xml.close("methodResponse")
  xml.end()
  return answer
}

/** Reads a methodCall. Throws a DecodeError for anything that is not exactly one. */
export function decodeCall(body: Buffer, maxValues = MAX_CALL_VALUES): Call {
  const xml = createXmlReader(body, false)
  const values = valueReader(xml, maxValues)
  xml.gap()
  xml.root("methodCall")
  xml.gap()
  const method = xml.open("methodName") ? xml.text() : ""
  if (method === "") xml.fail("expected the name of a method")
  xml.close("methodName")
  xml.gap()
  const params: XmlRpcValue[] = []
  if (xml.atOpen("params") && xml.open("params")) {
    xml.gap()
    while (!xml.atClose()) params.push(readParam(xml, values))
    xml.close("params")
  }
  xml.gap()
  xml.close("methodCall")
  xml.end()
  return { method, params }
}

// Of processes, with and without a release, and a few more.
const MOST_SHAPES = 4
// An answer in which no struct is written as another would cost a new pattern for each.
const MOST_SHAPES_OF_ONE = 16

/** How the last structs were written, from the newest. */
let shapes: readonly StructShape[] = []

function remember(shape: StructShape | undefined): void {
  if (shape) shapes = [shape, ...shapes.slice(0, MOST_SHAPES - 1)]
}

type ValueReader = (depth: number) => XmlRpcValue

function readResult(xml: XmlReader, readValue: ValueReader): Answer {
  if (!xml.open("params")) xml.fail("expected one <param>, got none")
  xml.gap()
  const value = readParam(xml, readValue)
  xml.close("params")
  return { kind: "value", value }
}

function readFault(xml: XmlReader, readValue: ValueReader): Answer {
  if (!xml.open("fault")) xml.fail("a <fault> without a value")
  xml.gap()
  const value = readValue(1)
  const { faultCode, faultString } = isStruct(value) ? value : {}
  if (!Number.isInteger(faultCode) || typeof faultString !== "string") {
    return xml.fail("a <fault> without a faultCode and a faultString")
  }
  xml.gap()
  xml.close("fault")
  return { kind: "fault", code: faultCode as number, message: faultString }
}

function readParam(xml: XmlReader, readValue: ValueReader): XmlRpcValue {
  if (!xml.open("param")) xml.fail("a <param> without a value")
  xml.gap()
  const value = readValue(1)
  xml.gap()
  xml.close("param")
  xml.gap()
  return value
}

function valueReader(xml: XmlReader, maxValues: number): ValueReader {
  let count = 0
  let shapesMade = 0

  function readValue(depth: number): XmlRpcValue {
    if (++count > maxValues) xml.fail(`more than ${maxValues} values`)
    if (depth > MAX_DEPTH) xml.fail(`values nested more than ${MAX_DEPTH} deep`)
    if (!xml.open("value")) return ""
    const text = xml.text()
    if (xml.atClose()) {
      xml.close("value")
      return text
    }
    if (text !== "" && /[^ \t\r\n]/.test(text)) xml.fail("text beside a typed value")
    const value = readTyped(xml.openAny(), depth)
    xml.gap()
    xml.close("value")
    return value
  }

  function readTyped(tag: string, depth: number): XmlRpcValue {
    switch (tag) {
      case "string":
        return content(tag)
      case "int":
      case "i4":
        return scalar(tag, readInt)
      case "struct":
        return readStruct(depth)
      case "array":
        return readArray(depth)
      case "boolean":
        return scalar(tag, readBoolean)
      case "double":
        return scalar(tag, readDouble)
      case "i8":
      case "ex:i8":
        return scalar(tag, readInteger)
      case "base64":
        return scalar(tag, readBase64)
      case "dateTime.iso8601":
        return scalar(tag, readDateTime)
      case "nil":
      case "ex:nil":
        xml.close(tag)
        return null
      case "nil/":
      case "ex:nil/":
        return null
      case "string/":
        return ""
      case "base64/":
        return Buffer.alloc(0)
      case "struct/":
        return Object.create(null) as XmlRpcStruct
      default:
        return xml.fail(`<${tag.slice(0, 40)}> is no type of XML-RPC`)
    }
  }

  function content(tag: string): string {
    const text = xml.text()
    xml.close(tag)
    return text
  }

  function scalar<T>(tag: string, read: (text: string) => T | undefined): T {
    const text = content(tag)
    return read(text) ?? xml.fail(`${JSON.stringify(text.slice(0, 40))} is no ${tag}`)
  }

  function readStruct(depth: number): XmlRpcStruct {
    const known = depth < MAX_DEPTH ? readKnown() : undefined
    if (known) return known
    const start = xml.at()
    const struct = readMembers(depth)
    if (shapesMade++ < MOST_SHAPES_OF_ONE) remember(xml.shapeSince(start))
    return struct
  }

  function readKnown(): XmlRpcStruct | undefined {
    for (const shape of shapes) {
      if (count + shape.members.length > maxValues) continue
      const struct = xml.shaped(shape)
      if (!struct) continue
      count += shape.members.length
      return struct
    }
    return undefined
  }

  function readMembers(depth: number): XmlRpcStruct {
    // Without a prototype a member named __proto__ is only a member.
    const struct = Object.create(null) as Record<string, XmlRpcValue>
    xml.gap()
    while (!xml.atClose()) {
      if (!xml.open("member")) xml.fail("an empty <member>")
      xml.gap()
      const name = xml.open("name") ? content("name") : ""
      if (name in struct) xml.fail(`the member ${JSON.stringify(name.slice(0, 40))} stands twice`)
      xml.gap()
      struct[name] = readValue(depth + 1)
      xml.gap()
      xml.close("member")
      xml.gap()
    }
    xml.close("struct")
    return struct
  }

  function readArray(depth: number): XmlRpcValue[] {
    const array: XmlRpcValue[] = []
    xml.gap()
    if (xml.open("data")) {
      xml.gap()
      while (!xml.atClose()) {
        array.push(readValue(depth + 1))
        xml.gap()
      }
      xml.close("data")
    }
    xml.gap()
    xml.close("array")
    return array
  }

  return readValue
}
