import type { XmlRpcValue } from "../../src/rpc/value.js"

/** A methodResponse around the XML of one value. */
export function response(value: string): string {
  return `<?xml version="1.0"?><methodResponse><params><param>${value}</param></params></methodResponse>`
}

/** A methodResponse around the XML inside of one `<value>`. */
export function answer(typed: string): Buffer {
  return Buffer.from(response(`<value>${typed}</value>`))
}

/** A value as plain JSON, so that values of different decoders can be compared. */
export function plain(value: XmlRpcValue): unknown {
  if (Buffer.isBuffer(value)) return { $bytes: value.toString("base64") }
  if (value instanceof Date) return { $date: value.toISOString().slice(0, 19) }
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
  }
  return value
}
