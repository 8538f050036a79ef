import * as z from "zod"
import type { SubmissionHead } from "../rpc/relay-calls.js"
import type { Submission } from "../rpc/relay-wire.js"
import type { XmlRpcValue } from "../rpc/value.js"
import { badParameters } from "./faults.js"
import { parse } from "./requests.js"

const MOST_CALLS = 1_000
const LARGEST_ANSWER = 64 * 1024 * 1024
const LONGEST = 24 * 3_600_000

const session = z.string().regex(/^[0-9a-f]{32}$/, "not the id of a session")

const head = z.strictObject({
  session,
  batch: z.int().min(1),
  after: z.int().min(0),
  begin: z.boolean(),
})

const milliseconds = z.int().min(0).max(LONGEST)
// Without ? and #: a query is in no audit, and by one supervisord's pages stop programs.
const path = z.string().regex(/^\/[\x21\x22\x24-\x3e\x40-\x7e]{0,2000}$/, "not a path")
const log = path.startsWith("/logtail/")
const index = z.int().min(0).max(MOST_CALLS)

const ask = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("post"), path, body: index }),
  z.strictObject({ kind: z.literal("get"), path: log, until: z.enum(["end", "first-chunk"]) }),
  z.strictObject({ kind: z.literal("push"), sha256: z.string().regex(/^[0-9a-f]{64}$/, "not a sha256") }),
])

const call = z.strictObject({
  n: z.int().min(1),
  to: z.strictObject({
    scheme: z.enum(["http", "https"]),
    host: z.string().regex(/^[^\s/@?#\\\u0000-\u001f\u007f]{1,255}$/, "not a host"),
    port: z.int().min(1).max(65_535),
  }),
  login: z.int().min(-1).max(MOST_CALLS),
  connectTimeout: milliseconds,
  timeout: milliseconds,
  maxBytes: z.int().min(1).max(LARGEST_ANSWER),
  notAfter: z.number().min(0),
  ask,
})

const submission = z.strictObject({
  calls: z.array(call).max(MOST_CALLS),
  bodies: z.array(z.string()).max(MOST_CALLS),
  logins: z.array(z.strictObject({ user: z.string(), password: z.string() })).max(MOST_CALLS),
  cancel: z.array(z.int().min(1)).max(100_000),
})

/** The first parameter of `relay.submit`. */
export function submissionHead(value: XmlRpcValue | undefined): SubmissionHead {
  return parse(head, value)
}

/** The id of a session. */
export function sessionId(value: XmlRpcValue | undefined): string {
  return parse(z.strictObject({ session }), { session: value ?? "" }).session
}

/** What was unpacked as a submission, every index in it leading somewhere. Throws INCORRECT_PARAMETERS, which quotes nothing of it. */
export function checkedSubmission(value: unknown): Submission {
  const { success, data } = submission.safeParse(value)
  if (!success) throw badParameters("the submission is not as this version of the relay knows it")
  const isWhole = data.calls.every(
    ({ login, ask }) =>
      login < data.logins.length && (ask.kind !== "post" || data.bodies[ask.body] !== undefined),
  )
  if (!isWhole) throw badParameters("a call of the submission names what is not in it")
  return data
}
