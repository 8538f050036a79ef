import { type Call, DecodeError, decodeCall } from "../rpc/decode.js"
import { oneLine } from "../rpc/printable.js"
import { isReadOnly } from "../rpc/read-only.js"
import type { RelayedAsk, RelayedCall, Submission } from "../rpc/relay-wire.js"
import { isStruct } from "../rpc/value.js"
import type { Audit } from "./audit.js"

const TARGETS_A_RECORD = 50
// Renewed and asked every few seconds; the host's own agent notes a lock that is taken, and a probe changes nothing.
const OFTEN = new Set(["deployment.lock", "deployment.probe"])

/** What a body asks for, several methods where it is a multicall, or why the relay does not hand it on. */
export type Asked = { readonly methods: readonly string[] } | { readonly why: string }

/** What each body of a submission asks for, read from the body itself. */
export function askedBy(bodies: readonly string[], maxValues: number): readonly Asked[] {
  return bodies.map(body => {
    try {
      const methods = methodsOf(decodeCall(Buffer.from(body), maxValues))
      if (!methods)
        return { why: "the relay does not hand on a system.multicall of which it cannot tell the methods" }
      return methods.some(method => method.startsWith("relay."))
        ? { why: "a relay calls no relay" }
        : { methods }
    } catch (error) {
      if (error instanceof DecodeError)
        return { why: `the relay does not hand on such a call: ${error.message}` }
      throw error
    }
  })
}

/** The methods that a call makes; undefined where another reader could find others in it. */
function methodsOf({ method, params }: Call): readonly string[] | undefined {
  if (method !== "system.multicall") return [method]
  const [parts, ...more] = params
  if (!Array.isArray(parts) || more.length > 0) return undefined
  const names = parts.map(part => (isStruct(part) ? part.methodName : undefined))
  const areTold = names.every(name => typeof name === "string" && name !== "system.multicall")
  return areTold ? (names as string[]) : undefined
}

/**
 * Notes what a submission is about to change, before any of it is done: the methods and the hosts, no parameters. Throws the fault
 * UNAUDITED.
 */
export async function auditSubmission(
  { calls }: Pick<Submission, "calls">,
  asked: readonly Asked[],
  user: string,
  audit: Audit,
): Promise<void> {
  const targets = new Map<string, string[]>()
  for (const { ask, to } of calls) {
    const what = changeOf(ask, asked)
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
function changeOf(ask: RelayedAsk, asked: readonly Asked[]): string | undefined {
  switch (ask.kind) {
    case "get":
      return undefined
    case "push":
      return `PUT ${ask.sha256}`
    case "post": {
      const body = asked[ask.body]
      if (!body || !("methods" in body)) return undefined
      const changes = body.methods.filter(method => !isReadOnly(method) && !OFTEN.has(method))
      return changes.length === 0 ? undefined : changes.map(method => oneLine(method, 80)).join(", ")
    }
  }
}

function placeName({ host, port }: RelayedCall["to"]): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`
}

function chunks<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / TARGETS_A_RECORD) }, (_, n) =>
    items.slice(n * TARGETS_A_RECORD, (n + 1) * TARGETS_A_RECORD),
  )
}
