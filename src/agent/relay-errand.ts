import { stat } from "node:fs/promises"
import type { LookupFunction } from "node:net"
import type { Endpoint } from "../model/endpoint.js"
import { Secret } from "../model/secret.js"
import { PackageError } from "../packages/error.js"
import type { Store } from "../packages/store.js"
import { uploadBlob } from "../packages/upload.js"
import { oneLine } from "../rpc/printable.js"
import { CARRIED_HEADERS, type RelayedAnswer, type RelayedCall, type Submission } from "../rpc/relay-wire.js"
import { get, type HttpAnswer, post, TransportError } from "../rpc/transport.js"
import { ForbiddenPlace, isForbidden } from "./relay-places.js"

/** What a relay makes calls with. */
export interface ErrandParts {
  readonly store: Store
  /** Notes that a package is in use. */
  readonly wanted: (sha256: string) => Promise<void>
  /** Seconds on the relay's clock. */
  readonly now: () => number
  /** Finds the addresses of names, but for forbidden ones. */
  readonly lookup: LookupFunction
}

/** Makes one call of a submission, by a connection of its own. Whatever becomes of it is an answer; never rejects. */
export async function runErrand(
  call: RelayedCall,
  submission: Pick<Submission, "bodies" | "logins">,
  parts: ErrandParts,
  signal: AbortSignal,
): Promise<RelayedAnswer> {
  if (call.notAfter > 0 && parts.now() > call.notAfter)
    return { kind: "refused", why: "the call reached the relay too late" }
  try {
    // What is no name is not looked up.
    if (isForbidden(call.to.host)) throw new ForbiddenPlace()
    return await made(call, endpointOf(call, submission), submission, parts, signal)
  } catch (thrown) {
    const error = thrown instanceof Error && thrown.cause instanceof ForbiddenPlace ? thrown.cause : thrown
    if (error instanceof TransportError) return broken(error)
    if (error instanceof PackageError)
      return { kind: "push-failed", code: error.code, message: error.message }
    return { kind: "refused", why: oneLine(error instanceof Error ? error.message : String(error)) }
  }
}

async function made(
  { ask, maxBytes }: RelayedCall,
  endpoint: Endpoint,
  { bodies }: Pick<Submission, "bodies">,
  { store, wanted, lookup }: ErrandParts,
  signal: AbortSignal,
): Promise<RelayedAnswer> {
  const limits = { signal, maxBytes, lookup }
  switch (ask.kind) {
    case "post":
      return carried(await post(endpoint, bodies[ask.body] ?? "", limits))
    case "get":
      return carried(await get(endpoint, ask.path, { ...limits, until: ask.until }))
    case "push": {
      await wanted(ask.sha256)
      const path = store.path(ask.sha256)
      const found = await stat(path).catch(() => undefined)
      if (!found) return { kind: "refused", why: "the relay has no such package" }
      const { size } = found
      return {
        kind: "pushed",
        how: await uploadBlob(endpoint, { path, sha256: ask.sha256, size }, { signal, lookup }),
      }
    }
  }
}

function endpointOf(
  { to, ask, login, connectTimeout, timeout }: RelayedCall,
  { logins }: Pick<Submission, "logins">,
): Endpoint {
  const found = logins[login]
  return {
    address: { kind: "tcp", ...to },
    path: ask.kind === "post" ? ask.path : "/",
    ...(found && { credentials: { user: found.user, password: new Secret("relay", found.password) } }),
    connectTimeout,
    timeout,
  }
}

function carried({ status, headers, body }: HttpAnswer): RelayedAnswer {
  const kept = CARRIED_HEADERS.flatMap(name => {
    const value = headers[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { kind: "http", status, headers: Object.fromEntries(kept), body }
}

function broken({ problem, stage, code, limit, cause }: TransportError): RelayedAnswer {
  const text = cause instanceof Error ? cause.message : undefined
  return { kind: "broken", problem, stage, code, limit, text }
}
