import type { LookupFunction } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Endpoint } from "../model/endpoint.js"
import type { HttpAnswer } from "./answer-reader.js"
import { attempt } from "./attempt.js"
import { isExhausted } from "./exhausted.js"
import { dropKept } from "./kept-connections.js"
import type { Question } from "./request.js"
import type { Use } from "./small-calls.js"
import { TransportError } from "./transport-error.js"

export type { HttpAnswer } from "./answer-reader.js"
export { type Stage, TransportError } from "./transport-error.js"

export interface TransportOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for everything; the endpoint's unless given. */
  readonly timeout?: number | undefined
  /** Milliseconds until the connection stands; the endpoint's unless given. */
  readonly connectTimeout?: number | undefined
  /** Bytes of body taken at most; 16 MiB unless given. */
  readonly maxBytes?: number | undefined
  /** How the addresses of a name are found; as this machine does it unless given. */
  readonly lookup?: LookupFunction | undefined
  /** Whether the connection is one of several calls; a connection of its own unless given. */
  readonly use?: Use | undefined
}

export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024

const ONCE: Use = { keep: false, repeatable: false }

/** Sends one XML-RPC body by POST and reads the whole answer. Throws a TransportError. */
export function post(
  endpoint: Endpoint,
  body: string | Buffer,
  options: TransportOptions = {},
): Promise<HttpAnswer> {
  const question = {
    method: "POST",
    path: endpoint.path,
    body,
    until: "end",
    use: options.use ?? ONCE,
  } as const
  return exchange(endpoint, question, options)
}

/**
 * Asks for `path` by GET. With `until: "first-chunk"` the body is what comes first and the connection is then closed,
 * for answers that never end, such as supervisord's /logtail. Throws a TransportError.
 */
export function get(
  endpoint: Endpoint,
  path: string,
  options: TransportOptions & { readonly until?: "end" | "first-chunk" } = {},
): Promise<HttpAnswer> {
  return exchange(endpoint, { method: "GET", path, until: options.until ?? "end", use: ONCE }, options)
}

const PAUSE = 50

async function exchange(
  endpoint: Endpoint,
  question: Question,
  options: TransportOptions,
): Promise<HttpAnswer> {
  const timeout = options.timeout ?? endpoint.timeout
  const limits = {
    signal: options.signal,
    timeout,
    connectTimeout: options.connectTimeout ?? endpoint.connectTimeout,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    lookup: options.lookup,
  }
  const end = performance.now() + timeout
  for (;;) {
    try {
      return await attempt(endpoint, question, limits, Math.max(0, end - performance.now()))
    } catch (error) {
      // Only a read is sent again, and only where the peer had closed what was kept.
      if (error instanceof TransportError && error.stale && question.use.repeatable) continue
      if (!(error instanceof TransportError) || !isExhausted(error)) throw error
      if (end - performance.now() < PAUSE) {
        throw new TransportError("exhausted", "connecting", {
          code: error.code,
          limit: timeout,
          cause: error,
        })
      }
      dropKept()
      await sleep(PAUSE, undefined, { signal: limits.signal }).catch(() => {
        throw new TransportError("cancelled", "connecting")
      })
    }
  }
}
