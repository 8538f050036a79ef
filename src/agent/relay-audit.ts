import { type Call, DecodeError, decodeCall } from "../rpc/decode.js"
import { oneLine } from "../rpc/printable.js"
import { isReadOnly } from "../rpc/read-only.js"
import type { RelayedAsk, RelayedCall, Submission } from "../rpc/relay-wire.js"
import type { Audit } from "./audit.js"
import { badParameters } from "./faults.js"

const TARGETS_A_RECORD = 50
// Renewed and asked every few seconds; the host's own agent notes a lock that is taken, and a probe changes nothing.
const OFTEN = new Set(["deployment.lock", "deployment.probe"])

/**
 * Notes what a submission is about to change, before any of it is done: the methods and the hosts, no parameters. What it says of a
 * call is read from the call itself. Throws INCORRECT_PARAMETERS for a call that is none, or for a relay; UNAUDITED.
 */
export async function auditSubmission(
  submission: Submission,
  user: string,
  audit: Audit,
  maxValues: number,
): Promise<void> {
  const methods = submission.bodies.map(body => methodOf(body, maxValues))
  const targets = new Map<string, string[]>()
  for (const { ask, to } of submission.calls) {
    const what = changeOf(ask, methods)
    if (what !== undefined) targets.set(what, [...(targets.get(what) ?? []), placeName(to)])
  }
  const records = [...targets].flatMap(([what, of]) =>
    chunks(of).map(some => ({
      user,
      method: "relay.submit",
      about: `${what} at ${some.join(", ")}`,
      verdict: "accepted" as const,
    })),
  )
  // Side by side, so that they become one write.
  await Promise.all(records.map(record => audit.note(record)))
}

/** What a call changes, undefined for nothing. */
function changeOf(ask: RelayedAsk, methods: readonly string[]): string | undefined {
  switch (ask.kind) {
    case "get":
      return undefined
    case "push":
      return `PUT ${ask.sha256}`
    case "post": {
      const method = methods[ask.body] as string
      return isReadOnly(method) || OFTEN.has(method) ? undefined : oneLine(method, 80)
    }
  }
}

function placeName({ host, port }: RelayedCall["to"]): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}

function methodOf(body: string, maxValues: number): string {
  const { method } = decoded(body, maxValues)
  if (method.startsWith("relay.")) throw badParameters("a relay calls no relay")
  return method
}

function decoded(body: string, maxValues: number): Call {
  try {
    return decodeCall(Buffer.from(body), maxValues)
  } catch (error) {
    if (error instanceof DecodeError) throw badParameters(`a call of the submission: ${error.message}`)
    throw error
  }
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / TARGETS_A_RECORD) }, (_, n) =>
    items.slice(n * TARGETS_A_RECORD, (n + 1) * TARGETS_A_RECORD),
  )
}
