import { setMaxListeners } from "node:events"
import * as http from "node:http"
import * as https from "node:https"
import { setTimeout as sleep } from "node:timers/promises"
import type { Endpoint } from "../model/endpoint.js"

/** A complete HTTP answer, whatever its status. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface TransportOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for everything; the endpoint's unless given. */
  readonly timeout?: number | undefined
  /** Milliseconds until the connection stands; the endpoint's unless given. */
  readonly connectTimeout?: number | undefined
  /** Bytes of body taken at most; 16 MiB unless given. */
  readonly maxBytes?: number | undefined
}

export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024

/** How far a request came: only one that was `sent` may have had an effect. */
export type Stage = "connecting" | "handshake" | "sent"

/** No HTTP answer. */
export class TransportError extends Error {
  readonly problem:
    | "socket"
    | "connect-timeout"
    | "timeout"
    | "closed"
    | "too-large"
    | "cancelled"
    | "exhausted"
  readonly stage: Stage
  /** The error code of Node, OpenSSL or the HTTP parser, when the problem is `socket`. */
  readonly code: string | undefined
  /** The limit that was passed: milliseconds or bytes. */
  readonly limit: number | undefined

  constructor(
    problem: TransportError["problem"],
    stage: Stage,
    detail: { readonly code?: string | undefined; readonly limit?: number; readonly cause?: unknown } = {},
  ) {
    super(detail.code ?? problem, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = "TransportError"
    this.problem = problem
    this.stage = stage
    this.code = detail.code
    this.limit = detail.limit
  }
}

/** Sends one XML-RPC body by POST on a connection of its own and reads the whole answer. Throws a TransportError. */
export function post(
  endpoint: Endpoint,
  body: string | Buffer,
  options: TransportOptions = {},
): Promise<HttpAnswer> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body
  return exchange(endpoint, { method: "POST", path: endpoint.path, body: bytes, until: "end" }, options)
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
  return exchange(endpoint, { method: "GET", path, until: options.until ?? "end" }, options)
}

interface Question {
  readonly method: "GET" | "POST"
  readonly path: string
  readonly body?: Buffer
  readonly until: "end" | "first-chunk"
}

interface Limits {
  readonly signal: AbortSignal | undefined
  /** Milliseconds that are left for everything. */
  readonly left: number
  readonly timeout: number
  readonly connectTimeout: number
  readonly maxBytes: number
}

// The machine's want, not the peer's: a descriptor or a port comes free when another call ends.
const EXHAUSTED = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "EAGAIN"])
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
  }
  const end = performance.now() + timeout
  for (;;) {
    try {
      return await attempt(endpoint, question, { ...limits, left: Math.max(0, end - performance.now()) })
    } catch (error) {
      const wants =
        error instanceof TransportError && error.stage === "connecting" && EXHAUSTED.has(error.code ?? "")
      if (!wants) throw error
      if (end - performance.now() < PAUSE) {
        throw new TransportError("exhausted", "connecting", {
          code: error.code,
          limit: timeout,
          cause: error,
        })
      }
      await sleep(PAUSE, undefined, { signal: limits.signal }).catch(() => {
        throw new TransportError("cancelled", "connecting")
      })
    }
  }
}

function attempt(endpoint: Endpoint, question: Question, limits: Limits): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, left, timeout, connectTimeout, maxBytes } = limits
    if (signal?.aborted) {
      reject(new TransportError("cancelled", "connecting"))
      return
    }
    let stage: Stage = "connecting"
    let settled = false
    const request = open(endpoint, question, connectTimeout)

    const settle = (act: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(connectTimer)
      clearTimeout(totalTimer)
      signal?.removeEventListener("abort", cancel)
      request.destroy()
      act()
    }
    const fail = (problem: TransportError["problem"], detail: { limit?: number; cause?: unknown } = {}) => {
      if (!settled && stage === "sent") forget(endpoint, request)
      settle(() => reject(new TransportError(problem, stage, { ...detail, code: codeOf(detail.cause) })))
    }
    const succeed = (answer: HttpAnswer) => settle(() => resolve(answer))
    const cancel = () => fail("cancelled")
    // One more turn of the loop first: this machine may have been too busy to read an answer that is there.
    const expire = (act: () => void) => () => setImmediate(act)
    const connectTimer = setTimeout(
      expire(() => stage !== "sent" && fail("connect-timeout", { limit: connectTimeout })),
      connectTimeout,
    )
    const totalTimer = setTimeout(
      expire(() => fail(stage === "sent" ? "timeout" : "connect-timeout", { limit: timeout })),
      left,
    )
    // One signal for hundreds of calls in flight is the rule here, not the leak that Node warns of at eleven.
    if (signal) setMaxListeners(0, signal)
    signal?.addEventListener("abort", cancel, { once: true })

    request.on("socket", socket => {
      socket.once("connect", () => {
        stage = isSecure(endpoint) ? "handshake" : "sent"
      })
      socket.once("secureConnect", () => {
        stage = "sent"
      })
    })
    // Stays for good: an error may come after the answer, and one without a listener ends the process.
    request.on("error", cause => fail("socket", { cause }))
    request.on("close", () => fail("closed"))
    request.on("response", response => {
      const answer = (body: Buffer) =>
        succeed({ status: response.statusCode ?? 0, headers: response.headers, body })
      const chunks: Buffer[] = []
      let size = 0
      if (Number(response.headers["content-length"] ?? 0) > maxBytes) fail("too-large", { limit: maxBytes })
      response.on("data", (chunk: Buffer) => {
        if (question.until === "first-chunk") answer(chunk.subarray(0, maxBytes))
        size += chunk.length
        if (size > maxBytes) fail("too-large", { limit: maxBytes })
        else chunks.push(chunk)
      })
      response.on("error", () => fail("closed"))
      response.on("end", () => (response.complete ? answer(Buffer.concat(chunks, size)) : fail("closed")))
    })
    request.end(question.body)
  })
}

// A new connection for each call: kept-alive TCP costs 44 ms an answer over 4 KB, and a connection on which supervisord
// has answered an error swallows the next call (docs/supervisord.md). No TLS session is kept, so that each is verified.
const plainAgent = new http.Agent({ keepAlive: false })
const secureAgent = new https.Agent({ keepAlive: false, maxCachedSessions: 0 })

function open(endpoint: Endpoint, question: Question, connectTimeout: number): http.ClientRequest {
  const { address, credentials } = endpoint
  const options: http.RequestOptions = {
    method: question.method,
    path: question.path,
    headers: {
      "User-Agent": "minos",
      Accept: "*/*",
      // With `close` supervisord gathers a /logtail into blocks instead of sending what is there.
      ...(question.until === "first-chunk" && { Connection: "keep-alive" }),
      ...(question.body && { "Content-Type": "text/xml", "Content-Length": question.body.length }),
      ...(credentials && { Authorization: basic(credentials.user, credentials.password.reveal()) }),
    },
  }
  if (address.kind === "socket")
    return http.request({ ...options, agent: plainAgent, socketPath: address.path })
  const place = {
    ...options,
    host: address.host,
    port: address.port,
    // Node's 250 ms a try are too few for a distant host whose first address answers.
    autoSelectFamilyAttemptTimeout: Math.max(250, Math.floor(connectTimeout / 2)),
  }
  return address.scheme === "https"
    ? https.request({ ...place, agent: secureAgent })
    : http.request({ ...place, agent: plainAgent })
}

/**
 * Hangs up by a reset: after a plain close the kernel goes on sending what the other side has not acknowledged, and a
 * request that was given up arrives minutes later. Node resets nothing but plain TCP.
 */
function forget({ address }: Endpoint, request: http.ClientRequest): void {
  if (address.kind === "tcp" && address.scheme === "http") request.socket?.resetAndDestroy()
}

/** RFC 7617 with UTF-8, which is what supervisord expects. */
function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
}

function isSecure({ address }: Endpoint): boolean {
  return address.kind === "tcp" && address.scheme === "https"
}

function codeOf(cause: unknown): string | undefined {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  return typeof code === "string" ? code : undefined
}
