import { remembered } from "../model/remembered.js"

/** Header fields by their names in lower case; one that comes more than once has its values joined by `, `. */
export type Headers = Readonly<Record<string, string | undefined>>

/** The head of an HTTP answer, and how its body ends. */
export interface AnswerHead {
  readonly status: number
  readonly headers: Headers
  readonly body: Framing
  /** The peer reads another request from this connection. */
  readonly persists: boolean
}

/** The end of a body: after so many bytes, after the last chunk, or with the connection. */
export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "close" }

/**
 * Reads a head without the empty line at its end; undefined for what HTTP/1 (RFC 9112) does not allow, and for what readers are known
 * to take in different ways: two lengths, a length beside chunks, folded lines.
 */
export const readHead = remembered({ most: 64, longest: 512 }, readAnew)

// Within a second many answers of a fleet have the same head, its date included.
function readAnew(text: string): AnswerHead | undefined {
  const [first = "", ...lines] = text.split("\r\n")
  const found = STATUS_LINE.exec(first)
  const headers = found && readFields(lines)
  if (!headers) return undefined
  const status = Number(found[2])
  const body = framing(status, headers)
  return (
    body && { status, headers, body, persists: persists(found[1] === "1", headers) && body.kind !== "close" }
  )
}

const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?: [^\r\n\0]*)?$/
const FIELD = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\r\n\0]*)$/
const ONCE = new Set(["content-length", "transfer-encoding"])

function readFields(lines: readonly string[]): Headers | undefined {
  const headers = Object.create(null) as Record<string, string>
  for (const line of lines) {
    const field = fieldOf(line)
    if (!field) return undefined
    const { name, value } = field
    const before = headers[name]
    if (before !== undefined && ONCE.has(name)) return undefined
    headers[name] = before === undefined ? value : `${before}, ${value}`
  }
  return headers
}

interface Field {
  readonly name: string
  readonly value: string
}

// Most lines of a head are those of the answers before.
const fieldOf = remembered({ most: 256, longest: 128 }, (line): Field | undefined => {
  const [, name, value = ""] = FIELD.exec(line) ?? []
  return name === undefined ? undefined : { name: name.toLowerCase(), value: value.trimEnd() }
})

function framing(status: number, headers: Headers): Framing | undefined {
  const length = headers["content-length"]
  const encoding = headers["transfer-encoding"]
  if (length !== undefined && encoding !== undefined) return undefined
  if (encoding !== undefined) return encoding.toLowerCase() === "chunked" ? { kind: "chunked" } : undefined
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return undefined
  if (status < 200 || status === 204 || status === 304) return { kind: "length", bytes: 0 }
  return length === undefined ? { kind: "close" } : { kind: "length", bytes: Number(length) }
}

function persists(isCurrent: boolean, { connection = "" }: Headers): boolean {
  const options = connection.toLowerCase().split(/[ \t]*,[ \t]*/)
  return isCurrent ? !options.includes("close") : options.includes("keep-alive")
}
