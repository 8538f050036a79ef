import { type AnswerHead, type Headers, readHead } from "./answer-head.js"
import { chunkReader } from "./chunks.js"

/** A complete HTTP answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** What the bytes so far come to. */
export type Reading =
  /** The answer goes on; or it ends before its end; or it is no HTTP; or it is larger than allowed. */
  | { readonly kind: "more" | "cut" | "no-http" | "too-large" }
  | {
      readonly kind: "whole"
      readonly answer: HttpAnswer
      /** The connection is at the beginning of the next answer. */
      readonly persists: boolean
    }

/** Reads one answer, in whatever pieces it comes. */
export interface AnswerReader {
  /** Takes the next bytes, which may be overwritten afterwards. */
  take(bytes: Buffer): Reading
  /** The peer has said all. */
  end(): Reading
}

/** How much is read of an answer. */
export interface Extent {
  /** Bytes of body taken at most. */
  readonly maxBytes: number
  /** With `first-chunk` the body is what of it comes first. */
  readonly until: "end" | "first-chunk"
}

const START = "HTTP/1."
const HEAD_END = "\r\n\r\n"
// As much as Node's own parser takes.
const MAX_HEAD = 16 * 1024
// More of what precedes an answer in one piece says nothing, and would take the stack.
const MOST_INTERIM = 16
// So many are joined: each takes a hundred bytes beside its own, which a body in chunks of one byte would multiply.
const MOST_PARTS = 1_000
const MORE: Reading = { kind: "more" }

export function answerReader({ maxBytes, until }: Extent): AnswerReader {
  let text = ""
  let head: AnswerHead | undefined
  let interims = 0
  const joined: Buffer[] = []
  let parts: Buffer[] = []
  let size = 0
  const readChunks = chunkReader(keep)

  function take(bytes: Buffer): Reading {
    if (head) return takeBody(head, bytes)
    const before = text.length
    // A head is short, and most of what follows in the same piece is body.
    const found = before === 0 ? bytes.indexOf(HEAD_END) : -1
    text += bytes.toString("latin1", 0, (found < 0 ? MAX_HEAD : found) + HEAD_END.length)
    if (!START.startsWith(text.slice(0, START.length))) return { kind: "no-http" }
    const end = text.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length))
    if (end > MAX_HEAD || (end < 0 && text.length >= MAX_HEAD + HEAD_END.length)) return { kind: "no-http" }
    if (end < 0) return MORE
    const read = readHead(text.slice(0, end))
    if (!read) return { kind: "no-http" }
    const rest = bytes.subarray(end + HEAD_END.length - before)
    text = ""
    if (read.status < 200) return interim(read, rest)
    head = read
    if (read.body.kind === "length" && read.body.bytes > maxBytes) return { kind: "too-large" }
    return takeBody(read, rest)
  }

  /** 100 and its like precede the answer; after 101 nothing would be HTTP any more. */
  function interim({ status }: AnswerHead, rest: Buffer): Reading {
    if (status === 101) return { kind: "cut" }
    if (++interims > MOST_INTERIM) return { kind: "no-http" }
    return rest.length > 0 ? take(rest) : MORE
  }

  function takeBody(head: AnswerHead, bytes: Buffer): Reading {
    switch (head.body.kind) {
      case "length": {
        const part = bytes.subarray(0, head.body.bytes - size)
        keep(part)
        return size === head.body.bytes ? whole(head, part.length === bytes.length) : soFar(head)
      }
      case "chunked": {
        const read = readChunks(bytes)
        if (read.kind === "broken") return { kind: size > maxBytes ? "too-large" : "no-http" }
        if (read.kind === "whole" && size <= maxBytes) return whole(head, read.rest === 0)
        return soFar(head)
      }
      case "close":
        keep(bytes)
        return soFar(head)
    }
  }

  function keep(bytes: Buffer): void {
    size += bytes.length
    if (bytes.length > 0 && size <= maxBytes + bytes.length) parts.push(Buffer.from(bytes))
    if (parts.length < MOST_PARTS) return
    joined.push(Buffer.concat(parts))
    parts = []
  }

  function soFar(head: AnswerHead): Reading {
    if (until === "first-chunk" && size > 0) return whole(head, false)
    return size > maxBytes ? { kind: "too-large" } : MORE
  }

  function whole({ status, headers, persists }: AnswerHead, isAtEnd: boolean): Reading {
    const all = [...joined, ...parts]
    const body = all.length === 1 ? all[0]! : Buffer.concat(all)
    const answer = { status, headers, body: body.length > maxBytes ? body.subarray(0, maxBytes) : body }
    return { kind: "whole", answer, persists: persists && isAtEnd }
  }

  return {
    take: bytes => {
      interims = 0
      return take(bytes)
    },
    end: () => {
      if (head?.body.kind === "close") return whole(head, false)
      return { kind: "cut" }
    },
  }
}
