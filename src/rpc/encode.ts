import CustomType from "xmlrpc/lib/customtype.js"
import serializer from "xmlrpc/lib/serializer.js"
import { firstXmlIllegal, visible, xmlLegal } from "./printable.js"
import { isStruct, type XmlRpcValue } from "./value.js"
import { codePoint } from "./xml-text.js"

/** A value that XML-RPC cannot carry; the message says where it stands and why, never the whole value. */
export class EncodeError extends Error {
  constructor(message: string) {
    super(message)
    this.name = "EncodeError"
  }
}

/**
 * A methodCall. Throws an EncodeError for what XML-RPC cannot carry, a string with control characters included:
 * send a Buffer instead, which travels as base64.
 *
 * Whole numbers beyond 32 bits go out as doubles, which every server reads and which keep the value; dates go out
 * in UTC without a zone and lose their milliseconds, as the specification has neither.
 */
export function encodeCall(method: string, params: readonly XmlRpcValue[] = []): string {
  if (method === "") throw new EncodeError("the name of the method is empty")
  const prepare = preparer(refuseIllegal)
  return serializer.serializeMethodCall(
    refuseIllegal(method, "the name of the method"),
    params.map((param, index) => prepare(param, `parameter ${index + 1}`, 1)),
  )
}

/**
 * A methodResponse. As `encodeCall`, but characters that XML cannot carry are replaced by visible ones, so that one
 * ESC in one name does not cost the caller the whole answer.
 */
export function encodeResponse(value: XmlRpcValue): string {
  return serializer.serializeMethodResponse(preparer(xmlLegal)(value, "the result", 1))
}

/** A methodResponse with a fault; takes any text. */
export function encodeFault(code: number, message: string): string {
  return serializer.serializeFault({ faultCode: code, faultString: new Text(xmlLegal(message)) })
}

/** A string for the package to write: its own way breaks on a second `]]>` and loses every \r beside a `<`. */
class Text extends CustomType {
  override tagName = "string"
}

class Double extends CustomType {
  override tagName = "double"
}

/** The package's own way writes local time. */
class DateTime extends CustomType {
  override tagName = "dateTime.iso8601"
}

const MAX_DEPTH = 64

type Prepare = (value: unknown, where: string, depth: number) => unknown

/** Checks a value and makes of it what the package writes right. */
function preparer(text: (value: string, where: string) => string): Prepare {
  const prepare: Prepare = (value, where, depth) => {
    if (depth > MAX_DEPTH) throw new EncodeError(`${where} is nested more than ${MAX_DEPTH} deep`)
    if (typeof value === "string") return new Text(text(value, where))
    if (typeof value === "number") return number(value, where)
    if (typeof value === "boolean" || value === null || Buffer.isBuffer(value)) return value
    if (value instanceof Date) return dateTime(value, where)
    // Array.from visits the holes of a sparse array, which map would leave as they are.
    if (Array.isArray(value))
      return Array.from(value, (item, at) => prepare(item, `${where}[${at}]`, depth + 1))
    if (isPlain(value)) {
      const struct = Object.create(null) as Record<string, unknown>
      for (const [name, member] of Object.entries(value)) {
        const inside = `${where}.${visible(name)}`
        struct[text(name, `the member name ${inside}`)] = prepare(member, inside, depth + 1)
      }
      return struct
    }
    throw new EncodeError(`${where} is ${kindOf(value)}, which XML-RPC cannot carry`)
  }
  return prepare
}

function refuseIllegal(value: string, where: string): string {
  const at = firstXmlIllegal(value)
  if (at < 0) return value
  throw new EncodeError(`${where} holds ${codePoint(value, at)} at ${at}, which XML cannot carry in a string`)
}

function number(value: number, where: string): number | Double {
  if (!Number.isFinite(value)) throw new EncodeError(`${where} is ${value}, which XML-RPC cannot carry`)
  if (Object.is(value, -0)) return new Double("-0.0")
  if (!Number.isInteger(value)) return new Double(String(value))
  // Written out in full, because the specification knows no exponent.
  return value === (value | 0) ? value : new Double(BigInt(value).toString())
}

function dateTime(value: Date, where: string): DateTime {
  const year = value.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw new EncodeError(`${where} is a date that ISO 8601 cannot write`)
  return new DateTime(value.toISOString().slice(0, 19).replaceAll("-", ""))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === null || prototype === Object.prototype) && isStruct(value as XmlRpcValue)
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value
  return `a ${value.constructor?.name ?? "value of unknown kind"}`
}
