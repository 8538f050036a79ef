import { promisify } from "node:util"
import { constants, deflateRaw, inflateRaw } from "node:zlib"
import type { TcpAddress } from "../model/endpoint.js"
import { DecodeError } from "./decode-error.js"
import { PROBLEMS, STAGES, type TransportError } from "./transport-error.js"

/*
 * What an operator and a relay say to each other inside of `relay.submit` and `relay.poll`: packed, because hundreds of calls are
 * alike and so are their answers. The relay hands on bodies and answers byte for byte, and the operator's machine reads them
 * as if it had been there itself.
 */

/** Calls for a relay, what they have in common written once. */
export interface Submission {
  readonly calls: readonly RelayedCall[]
  /** XML-RPC calls as text. */
  readonly bodies: readonly string[]
  readonly logins: readonly { readonly user: string; readonly password: string }[]
  /** Calls of earlier submissions whose answers nobody wants any more. */
  readonly cancel: readonly number[]
}

export interface RelayedCall {
  /** Counted by the operator over all of a session. */
  readonly n: number
  readonly to: Omit<TcpAddress, "kind">
  /** Which of the logins; -1 for none. */
  readonly login: number
  /** Milliseconds. */
  readonly connectTimeout: number
  /** Milliseconds from when the relay has the call; 0 for none. */
  readonly timeout: number
  readonly maxBytes: number
  /** Seconds on the relay's clock; later it is not made. 0 for always. */
  readonly notAfter: number
  readonly ask: RelayedAsk
}

export type RelayedAsk =
  /** `body`: which of the bodies. */
  | { readonly kind: "post"; readonly path: string; readonly body: number }
  | { readonly kind: "get"; readonly path: string; readonly until: "end" | "first-chunk" }
  /** Sends a package of the relay's own store. */
  | { readonly kind: "push"; readonly sha256: string }

/** What became of a call. */
export type RelayedAnswer =
  | {
      readonly kind: "http"
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Buffer
    }
  /** No answer: a TransportError, whose cause said `text`. */
  | ({ readonly kind: "broken"; readonly text?: string | undefined } & Pick<
      TransportError,
      "problem" | "stage" | "code" | "limit"
    >)
  | { readonly kind: "pushed"; readonly how: "sent" | "present" }
  /** A PackageError. */
  | { readonly kind: "push-failed"; readonly code: string; readonly message: string }
  /** The relay does not make such a call. */
  | { readonly kind: "refused"; readonly why: string }

export interface NumberedAnswer {
  readonly n: number
  readonly answer: RelayedAnswer
}

/** Faults of a relay. */
export const RELAY_FAULT = {
  /** The relay was restarted, or heard nothing of the session for too long. */
  UNKNOWN_SESSION: 220,
  /** It has as many calls or sessions as it takes. */
  BUSY: 221,
} as const

/** Headers of an answer that say how to read it. */
export const CARRIED_HEADERS = ["content-type", "content-encoding", "location"] as const

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)
const FAST = { level: constants.Z_BEST_SPEED }
const LENGTH = 4

export function packSubmission(submission: Submission): Promise<Buffer> {
  return deflate(JSON.stringify(submission), FAST)
}

/** Something that should be a Submission, unpacked to `most` bytes at most. Throws a DecodeError. */
export async function unpackSubmission(packed: Buffer, most: number): Promise<unknown> {
  return parsed(await unpacked(packed, most))
}

export function packAnswers(answers: readonly NumberedAnswer[]): Promise<Buffer> {
  const heads = answers.map(({ n, answer }) =>
    answer.kind === "http" ? { n, ...answer, body: answer.body.length } : { n, ...answer },
  )
  const json = Buffer.from(JSON.stringify(heads))
  const length = Buffer.alloc(LENGTH)
  length.writeUInt32BE(json.length)
  const bodies = answers.flatMap(({ answer }) => (answer.kind === "http" ? [answer.body] : []))
  return deflate(Buffer.concat([length, json, ...bodies]), FAST)
}

/** The answers of a relay, unpacked to `most` bytes at most. Throws a DecodeError for what is none. */
export async function unpackAnswers(packed: Buffer, most: number): Promise<readonly NumberedAnswer[]> {
  const bytes = await unpacked(packed, most)
  const start = LENGTH + (bytes.length < LENGTH ? 0 : bytes.readUInt32BE())
  if (start > bytes.length) throw new DecodeError("the relay's answers are cut", bytes.length)
  const heads = parsed(bytes.subarray(LENGTH, start))
  if (!Array.isArray(heads)) throw new DecodeError("the relay's answers are no list", LENGTH)
  let at = start
  return heads.map((head: unknown): NumberedAnswer => {
    const { n, ...answer } = isRecord(head) ? head : {}
    if (typeof n !== "number" || !isAnswer(answer)) throw new DecodeError("no answer of a relay", at)
    if (answer.kind !== "http") return { n, answer }
    const from = at
    at += answer.body
    if (at > bytes.length) throw new DecodeError("the relay's answers are cut", bytes.length)
    return { n, answer: { ...answer, body: bytes.subarray(from, at) } }
  })
}

type Unpacked = Exclude<RelayedAnswer, { kind: "http" }> | (Omit<HttpHead, "body"> & { body: number })
type HttpHead = Extract<RelayedAnswer, { kind: "http" }>

function isAnswer(value: Record<string, unknown>): value is Record<string, unknown> & Unpacked {
  switch (value.kind) {
    case "http":
      return (
        Number.isInteger(value.status) &&
        isRecord(value.headers) &&
        Object.values(value.headers).every(isText) &&
        Number.isSafeInteger(value.body) &&
        (value.body as number) >= 0
      )
    case "broken":
      return (
        isOneOf(PROBLEMS, value.problem) &&
        isOneOf(STAGES, value.stage) &&
        [value.code, value.text].every(text => text === undefined || isText(text)) &&
        (value.limit === undefined || typeof value.limit === "number")
      )
    case "pushed":
      return value.how === "sent" || value.how === "present"
    case "push-failed":
      return isText(value.code) && isText(value.message)
    case "refused":
      return isText(value.why)
    default:
      return false
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null
}

function isText(value: unknown): value is string {
  return typeof value === "string"
}

function isOneOf(values: readonly unknown[], value: unknown): boolean {
  return values.includes(value)
}

async function unpacked(packed: Buffer, most: number): Promise<Buffer> {
  try {
    return await inflate(packed, { maxOutputLength: most })
  } catch (error) {
    throw new DecodeError(`it cannot be unpacked (${(error as NodeJS.ErrnoException).code})`, 0)
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"))
  } catch {
    throw new DecodeError("it is no JSON inside", 0)
  }
}
