import type { Endpoint } from "../model/endpoint.js"
import type { Use } from "./small-calls.js"

/** What is asked of a server. */
export interface Question {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: string | Buffer
  /** With `first-chunk` the body of the answer is what of it comes first. */
  readonly until: "end" | "first-chunk"
  readonly use: Use
}

/** A whole HTTP request, to be sent in one piece. Throws a TypeError for a path that cannot stand in one. */
export function requestBytes(
  endpoint: Endpoint,
  { method, path, body, until, use }: Question,
): Buffer | string {
  if (/[^\x21-\x7e]/.test(path)) throw new TypeError("a path with characters that are not escaped")
  // With `close` supervisord gathers a /logtail into blocks instead of sending what is there.
  const connection = use.keep || until === "first-chunk" ? "keep-alive" : "close"
  const { credentials } = endpoint
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${hostOf(endpoint)}\r\nUser-Agent: minos\r\nAccept: */*\r\nConnection: ${connection}\r\n`
  if (credentials) head += `Authorization: ${basic(credentials.user, credentials.password.reveal())}\r\n`
  if (body === undefined) return `${head}\r\n`
  head += `Content-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`
  return typeof body === "string" ? head + body : Buffer.concat([Buffer.from(head), body])
}

function hostOf({ address }: Endpoint): string {
  if (address.kind === "socket") return "localhost"
  // Only IPv6 addresses hold one. Node's isIPv6 takes 5 ms when it is asked for the first time.
  const host = address.host.includes(":") ? `[${address.host}]` : address.host
  if (/[^\x21-\x7e]/.test(host)) throw new TypeError("a host with characters that no name has")
  return address.port === (address.scheme === "https" ? 443 : 80) ? host : `${host}:${address.port}`
}

/** RFC 7617 with UTF-8, which is what supervisord expects. */
function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
}
