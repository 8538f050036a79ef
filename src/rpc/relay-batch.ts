import type { Endpoint, TcpAddress } from "../model/endpoint.js"
import type { RelayedAsk, RelayedCall, Submission } from "./relay-wire.js"

/** One request for a relay to make. */
export interface Errand {
  /** Its target, with credentials and limits. */
  readonly endpoint: Endpoint & { readonly address: TcpAddress }
  readonly ask: Written
  /** Milliseconds; 0 for none. */
  readonly timeout: number
  readonly connectTimeout: number
  readonly maxBytes: number
  /** It changes nothing, and so may be made again when its answer is lost. */
  readonly readOnly: boolean
}

/** As in RelayedAsk, with the body itself. */
export type Written =
  | { readonly kind: "post"; readonly path: string; readonly body: string }
  | Exclude<RelayedAsk, { kind: "post" }>

/** An errand with its number, and when it is too late for it on the relay's clock in seconds, 0 for never. */
export interface NumberedErrand {
  readonly n: number
  readonly errand: Errand
  readonly notAfter: number
}

/** Errands as one submission: equal bodies and logins stand in it once. */
export function submissionOf(errands: readonly NumberedErrand[], cancel: readonly number[]): Submission {
  const bodies = new Map<string, number>()
  const logins = new Map<string, number>()
  const calls = errands.map(({ n, errand, notAfter }): RelayedCall => {
    const { ask, endpoint, timeout, connectTimeout, maxBytes } = errand
    const { scheme, host, port } = endpoint.address
    return {
      n,
      to: { scheme, host, port },
      login: loginOf(endpoint, logins),
      connectTimeout: Math.ceil(connectTimeout),
      timeout: Math.ceil(timeout),
      maxBytes,
      notAfter,
      ask: ask.kind === "post" ? { ...ask, body: indexOf(ask.body, bodies) } : ask,
    }
  })
  return {
    calls,
    bodies: [...bodies.keys()],
    logins: [...logins.keys()].map(key => JSON.parse(key) as { user: string; password: string }),
    cancel,
  }
}

/** How many of the errands fit into one submission; at least one. */
export function fitting(errands: readonly Pick<Errand, "ask">[]): number {
  const seen = new Set<string>()
  let bytes = 0
  for (const [at, { ask }] of errands.entries()) {
    if (ask.kind === "post" && !seen.has(ask.body)) {
      seen.add(ask.body)
      bytes += ask.body.length
    }
    if (at > 0 && (bytes > MOST_BYTES || at >= MOST_CALLS)) return at
  }
  return errands.length
}

const MOST_CALLS = 500
const MOST_BYTES = 2 * 1024 * 1024

function loginOf({ credentials }: Endpoint, logins: Map<string, number>): number {
  if (credentials === undefined) return -1
  return indexOf(JSON.stringify({ user: credentials.user, password: credentials.password.reveal() }), logins)
}

function indexOf(key: string, of: Map<string, number>): number {
  const at = of.get(key) ?? of.size
  of.set(key, at)
  return at
}
