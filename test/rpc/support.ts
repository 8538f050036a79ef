import type { Credentials, Endpoint } from "../../src/model/endpoint.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
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

/** An endpoint whose deadlines a busy test machine does not reach. */
export function patient(url: string, credentials?: Credentials): Endpoint {
  return parseEndpoint(url, { credentials, timeout: 50_000, connectTimeout: 50_000 })
}
