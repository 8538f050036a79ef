import type { LookupFunction } from "node:net"
import { lookupHost } from "../rpc/addresses.js"
import { DecodeError } from "../rpc/decode.js"
import type { Method, MethodTable } from "../rpc/method.js"
import { packAnswers, type Submission, unpackSubmission } from "../rpc/relay-wire.js"
import type { XmlRpcStruct } from "../rpc/value.js"
import type { Audit } from "./audit.js"
import { badParameters } from "./faults.js"
import { type Asked, askedBy, auditSubmission } from "./relay-audit.js"
import { type ErrandParts, runErrand } from "./relay-errand.js"
import { permitted } from "./relay-places.js"
import { checkedSubmission, sessionId, submissionHead } from "./relay-requests.js"
import { type RelayLimits, relaySessions, type Taken } from "./relay-sessions.js"

/** What a relay is made of. */
export interface RelayParts extends Omit<ErrandParts, "now" | "lookup"> {
  readonly audit: Audit
  /** Values in a call that is handed on. */
  readonly maxValues: number
  readonly limits?: RelayLimits | undefined
  /** Finds the addresses of names; as this machine does it unless given. */
  readonly lookup?: LookupFunction | undefined
}

export interface Relay {
  readonly methods: MethodTable
  /** Ends all calls that are under way. */
  close(): void
}

// Unpacked: a submission holds as much as a call of the largest kind, and what comes along.
const LARGEST_SUBMISSION = 32 * 1024 * 1024
const LONGEST_WAIT = 30

/** The methods by which an agent calls the other hosts of its region for an operator: `relay.*`. */
export function relay({ audit, maxValues, limits, lookup = lookupHost, ...parts }: RelayParts): Relay {
  const safe = permitted(lookup)
  // Only grows, and is only compared with itself.
  const now = (): number => performance.now() / 1_000
  const sessions = relaySessions(limits)
  const errandsOf =
    (submission: Submission, asked: readonly Asked[]): Taken["run"] =>
    async (call, signal) => {
      const body = call.ask.kind === "post" ? asked[call.ask.body] : undefined
      if (body && "why" in body) return { kind: "refused", why: body.why }
      return runErrand(call, submission, { ...parts, now, lookup: safe }, signal)
    }
  const reply = async (
    id: string,
    user: string,
    after: number,
    wait: number,
    gone: AbortSignal,
  ): Promise<XmlRpcStruct> => {
    const { upto, answers } = await sessions.answers(id, user, after, wait, gone)
    return { now: now(), upto, answers: answers.length === 0 ? Buffer.alloc(0) : await packAnswers(answers) }
  }

  const submit: Method = {
    signature: ["struct", "struct", "base64"],
    help:
      "submit(head, calls): makes calls to other hosts for the caller. head: session, batch, after, begin; the same batch again is the same " +
      "submission. calls: packed, with the credentials of the hosts, which are kept until the calls have ended. Answers now, upto " +
      "and the answers that are there, packed.",
    call: async ([first, packed], { user, signal }) => {
      const head = submissionHead(first)
      await sessions.submit(head, user, packed as Buffer, async reserve => {
        const submission = await unpack(packed as Buffer)
        reserve(submission.calls.length)
        const asked = askedBy(submission.bodies, maxValues)
        await auditSubmission(submission, asked, user, audit)
        return { calls: submission.calls, cancel: submission.cancel, run: errandsOf(submission, asked) }
      })
      // It was taken, and a fault would say that it was not.
      return reply(head.session, user, head.after, 0, signal).catch(() => ({
        now: now(),
        upto: head.after,
        answers: Buffer.alloc(0),
      }))
    },
  }
  const poll: Method = {
    signature: ["struct", "string", "int", "double"],
    help: `poll(session, after, wait): the answers after that number, at once when there are some, else after wait seconds, at most ${LONGEST_WAIT}.`,
    call: ([session, after, wait], { user, signal }) => {
      const milliseconds = Math.min(Math.max(0, wait as number), LONGEST_WAIT) * 1_000
      return reply(sessionId(session), user, after as number, milliseconds, signal)
    },
  }
  return {
    methods: new Map([
      ["relay.submit", submit],
      ["relay.poll", poll],
    ]),
    close: sessions.close,
  }
}

async function unpack(packed: Buffer): Promise<Submission> {
  try {
    return checkedSubmission(await unpackSubmission(packed, LARGEST_SUBMISSION))
  } catch (error) {
    if (error instanceof DecodeError) throw badParameters(`the submission: ${error.message}`)
    throw error
  }
}
