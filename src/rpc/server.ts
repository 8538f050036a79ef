import * as http from "node:http"
import type { AddressInfo, Socket } from "node:net"
import type { Credentials } from "../model/endpoint.js"
import { admission } from "./admission.js"
import { discardBody, readBody } from "./body.js"
import { connectionLimit } from "./connection-limit.js"
import { type Call, DecodeError, decodeCall } from "./decode.js"
import { dispatch, faultOf } from "./dispatch.js"
import { encodeFault, encodeResponse } from "./encode.js"
import { type CallContext, Fault, type MethodTable } from "./method.js"
import { oneLine } from "./printable.js"

/** "parse error: not well formed", of the specification for fault code interoperability. */
export const PARSE_ERROR = -32700

export interface ServerOptions {
  /** A function is asked anew for each call. */
  readonly methods: MethodTable | (() => MethodTable)
  /** HTTP basic authentication; without it the server is open, and on loopback refuses foreign Host headers. */
  readonly credentials?: Credentials | undefined
  /** Bytes of an XML-RPC body; 1 MiB unless given. */
  readonly maxBody?: number | undefined
  /** Values in a call; 10,000 unless given. */
  readonly maxValues?: number | undefined
  /** Milliseconds until an XML-RPC body must be there; 30 s unless given. */
  readonly bodyDeadline?: number | undefined
  /** Connections that one address may have; 500 unless given, half of all that there can be. */
  readonly perAddress?: number | undefined
  /**
   * Other paths than `/` and `/RPC2`, after authentication; false means 404. A body is its own business: no limit
   * of size or time holds for it.
   */
  readonly other?: (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    user: string,
  ) => boolean | Promise<boolean>
  /** Gets one line for whatever an operator should know of. */
  readonly log?: ((line: string) => void) | undefined
}

export interface Server {
  /** Starts to listen; port 0 takes a free one. Throws when the address cannot be had. */
  listen(host: string, port: number): Promise<{ readonly port: number }>
  /** Takes no more calls, gives those in flight 2 seconds, and closes every connection. */
  close(): Promise<void>
}

const MAX_BODY = 1024 * 1024
const BODY_DEADLINE = 30_000
const GRACE = 2_000
const MAX_CONNECTIONS = 1_000
// The total alone would lock out everybody as soon as one caller takes it all.
const PER_ADDRESS = 500
const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
const TOO_MANY =
  "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

/** An XML-RPC server. Many calls run at once: none waits for another. */
export function createServer(options: ServerOptions): Server {
  const admit = admission(options.credentials)
  const log = options.log ?? (() => {})
  const server = http.createServer({
    headersTimeout: 5_000,
    // The sweep that ends slow heads; Node's own 30 s would make 35 of the 5.
    connectionsCheckingInterval: 1_000,
    // Off, for it would end a long upload of a package; XML-RPC bodies have a deadline of their own.
    requestTimeout: 0,
    keepAliveTimeout: 5_000,
  })
  server.maxConnections = MAX_CONNECTIONS

  // Node's closeIdleConnections leaves those that have not sent a request yet.
  const idle = new Set<Socket>()
  const surplus = new WeakSet<Socket>()
  const limit = connectionLimit(options.perAddress ?? PER_ADDRESS)
  server.on("connection", socket => {
    const from = socket.remoteAddress ?? ""
    if (!limit.opened(from)) {
      // Its request may come before the end does, and must not be carried out then.
      surplus.add(socket)
      socket.on("error", () => {})
      socket.write(TOO_MANY)
      return socket.destroySoon()
    }
    idle.add(socket)
    socket.on("close", () => {
      idle.delete(socket)
      limit.closed(from)
    })
  })

  server.on("request", (request, response) => {
    const { socket } = request
    if (surplus.has(socket)) return
    idle.delete(socket)
    response.on("close", () => {
      if (!server.listening) socket.destroySoon()
      else if (!socket.destroyed) idle.add(socket)
    })
    answer(request, response)
      .catch((error: unknown) => {
        log(`${request.method} ${oneLine(request.url ?? "", 80)}: ${messageOf(error)}`)
        if (!response.headersSent) return refuse(request, response, 500, "internal error")
        return void response.destroy()
      })
      // A rejection that nobody takes would end the process.
      .catch(() => response.destroy())
  })
  server.on("clientError", (_error, socket) => {
    // Destroyed as well, for a peer that never ends its own half would keep the connection for ever.
    if (socket.writable) socket.end(BAD_REQUEST, () => socket.destroy())
    else socket.destroy()
  })

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.on("error", () => {})
    request.on("error", () => {})
    const admitted = admit(request)
    if (admitted.kind === "refused") {
      if (admitted.retryAfter !== undefined) response.setHeader("Retry-After", admitted.retryAfter)
      return refuse(request, response, admitted.status, admitted.text)
    }
    const path = (request.url ?? "").split("?", 1)[0]
    if (path === "/" || path === "/RPC2") return answerRpc(request, response, admitted.user)
    const handled = (await options.other?.(request, response, admitted.user)) ?? false
    if (!handled) return refuse(request, response, 404, "no such path")
  }

  async function answerRpc(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    user: string,
  ): Promise<void> {
    if (request.method !== "POST") return refuse(request, response, 405, "XML-RPC calls come by POST")
    const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase()
    if (type !== "text/xml" && type !== "application/xml") {
      return refuse(request, response, 415, "XML-RPC calls are text/xml")
    }
    const limits = {
      maxBytes: options.maxBody ?? MAX_BODY,
      milliseconds: options.bodyDeadline ?? BODY_DEADLINE,
    }
    const body = await readBody(request, limits)
    switch (body.kind) {
      case "gone":
        return void response.destroy()
      case "too-large":
        return refuse(request, response, 413, `a call is at most ${limits.maxBytes} bytes`)
      case "too-slow":
        return refuse(request, response, 408, "the call did not come in time")
      case "complete":
        return reply(response, await perform(body.bytes, { signal: goneSignal(response), user }))
    }
  }

  /** The answer to a call as XML, a fault for whatever goes wrong. */
  async function perform(body: Buffer, context: CallContext): Promise<string> {
    let call: Call | undefined
    try {
      call = decodeCall(body, options.maxValues)
      const table = typeof options.methods === "function" ? options.methods() : options.methods
      return encodeResponse(await dispatch(table, call.method, call.params, context))
    } catch (error) {
      if (error instanceof DecodeError) return encodeFault(PARSE_ERROR, `PARSE_ERROR: ${error.message}`)
      if (!(error instanceof Fault)) log(`${oneLine(call?.method ?? "?", 80)}: ${messageOf(error)}`)
      const { code, message } = faultOf(error)
      return encodeFault(code, message)
    }
  }

  function reply(response: http.ServerResponse, xml: string): void {
    const body = Buffer.from(xml)
    if (!server.listening) response.setHeader("Connection", "close")
    response.writeHead(200, { "Content-Type": "text/xml; charset=utf-8", "Content-Length": body.length })
    response.end(body)
  }

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject)
        server.listen(port, host, () => {
          server.off("error", reject)
          server.on("error", error => log(messageOf(error)))
          resolve({ port: (server.address() as AddressInfo).port })
        })
      }),
    close: () =>
      new Promise(resolve => {
        const end = setTimeout(() => server.closeAllConnections(), GRACE)
        server.close(() => {
          clearTimeout(end)
          resolve()
        })
        for (const socket of idle) socket.destroy()
      }),
  }
}

/** Answers with an HTTP error and closes the connection, so that nothing left of a body passes for a request. */
async function refuse(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  status: number,
  text: string,
): Promise<void> {
  await discardBody(request)
  const body = Buffer.from(`${text}\n`)
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": body.length,
    Connection: "close",
    ...(status === 401 && { "WWW-Authenticate": 'Basic realm="minos", charset="UTF-8"' }),
    ...(status === 405 && { Allow: "POST" }),
  })
  response.end(request.method === "HEAD" ? undefined : body)
}

/** Fires when the connection ends before the answer is out. */
function goneSignal(response: http.ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.on("close", () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}

function messageOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error))
}
