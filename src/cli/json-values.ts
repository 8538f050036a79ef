import { MinosError } from "../model/error.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { isStruct, type XmlRpcValue } from "../rpc/value.js"

/** JSON as the command line gives it -> a value to send. A bare word that is no JSON is a string: `redis`, `web:0`. */
export function readValue(text: string): XmlRpcValue {
  try {
    return JSON.parse(text) as XmlRpcValue
  } catch (error) {
    if (!/^\s*["[{]/.test(text)) return text
    throw new MinosError("BAD_JSON", `${text} is no JSON: ${(error as Error).message}`, {
      hint: `quote it for the shell, as in '{"name": "web"}'`,
      exitCode: EXIT_CODES.usage.code,
    })
  }
}

/** A value that came, as JSON shows it: dates as ISO text, bytes as {"base64": ...}. */
export function toJson(value: XmlRpcValue): unknown {
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") }
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(toJson)
  if (isStruct(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]))
  return value
}
