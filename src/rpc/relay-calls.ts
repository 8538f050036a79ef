import { CallError } from "../model/failure.js"
import { unexpected } from "./classify.js"
import { DecodeError } from "./decode-error.js"
import type { Proxy } from "./proxy.js"
import { type NumberedAnswer, unpackAnswers } from "./relay-wire.js"
import { isStruct, type XmlRpcValue } from "./value.js"

/** What a relay answers to a submission and to a poll. */
export interface RelayReply {
  /** Seconds on the relay's clock. */
  readonly now: number
  /** The last answer that this one holds, for the next time. */
  readonly upto: number
  readonly answers: readonly NumberedAnswer[]
}

/** Which calls a submission belongs to. */
export interface SubmissionHead {
  readonly session: string
  /** Counts from 1 over the session; the same again is the same submission. */
  readonly batch: number
  /** The last answer that arrived. */
  readonly after: number
  /** The relay may begin the session: nothing was ever sent in it that must not be done twice. */
  readonly begin: boolean
}

export interface RelayCallOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly timeout: number
  /** By a connection of its own: a kept one may be gone without a word, and then it is not known whether the call arrived. */
  readonly alone?: boolean | undefined
}

/** The methods of a relay. Both throw a CallError. */
export interface RelayCalls {
  submit(head: SubmissionHead, packed: Buffer, options: RelayCallOptions): Promise<RelayReply>
  /** Answers as soon as there is an answer after that one, or when `wait` seconds have passed. */
  poll(session: string, after: number, wait: number, options: RelayCallOptions): Promise<RelayReply>
}

// As it comes: packed, and a third more for base64.
const LARGEST_REPLY = 64 * 1024 * 1024

export function relayCalls(proxy: Proxy): RelayCalls {
  const reply = async (
    method: string,
    params: readonly XmlRpcValue[],
    { alone = false, ...options }: RelayCallOptions,
  ) => {
    const use = { keep: !alone, repeatable: method === "relay.poll" }
    const value = await proxy.call(method, params, { ...options, maxBytes: LARGEST_REPLY, use })
    try {
      return await read(value)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw new CallError(unexpected(error.message, proxy.endpoint))
    }
  }
  return {
    submit: (head, packed, options) => reply("relay.submit", [{ ...head }, packed], options),
    poll: (session, after, wait, options) => reply("relay.poll", [session, after, wait], options),
  }
}

async function read(value: XmlRpcValue): Promise<RelayReply> {
  const { now, upto, answers }: { readonly [member: string]: XmlRpcValue } = isStruct(value) ? value : {}
  if (typeof now !== "number" || typeof upto !== "number" || !Buffer.isBuffer(answers))
    throw new DecodeError("relay.submit and relay.poll answer otherwise", 0)
  return { now, upto, answers: answers.length === 0 ? [] : await unpackAnswers(answers, LARGEST_REPLY) }
}
