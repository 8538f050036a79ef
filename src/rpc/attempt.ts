import type { LookupFunction } from "node:net"
import type { Endpoint } from "../model/endpoint.js"
import { onAbort } from "../model/on-abort.js"
import { type AnswerReader, answerReader, type HttpAnswer, type Reading } from "./answer-reader.js"
import { type Listener, openConnection } from "./connection.js"
import { deadline } from "./deadline.js"
import { keep, makeRoom, takeKept } from "./kept-connections.js"
import { type Question, requestBytes } from "./request.js"
import { type Problem, type Stage, TransportError } from "./transport-error.js"

export interface Limits {
  readonly signal: AbortSignal | undefined
  readonly timeout: number
  readonly connectTimeout: number
  readonly maxBytes: number
  readonly lookup: LookupFunction | undefined
}

/**
 * Asks once, on a new connection or one that was kept, and reads the answer, while `left` milliseconds are left for everything. Rejects
 * with a TransportError.
 */
export function attempt(
  endpoint: Endpoint,
  question: Question,
  limits: Limits,
  left: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, timeout, connectTimeout, maxBytes, lookup } = limits
    if (signal?.aborted) {
      reject(new TransportError("cancelled", "connecting"))
      return
    }
    const request = requestBytes(endpoint, question)
    const kept = question.use.keep ? takeKept(endpoint) : undefined
    // From the first byte of an answer on: hundreds of calls may wait for theirs.
    let reader: AnswerReader | undefined
    const began = performance.now()
    let stage: Stage = kept ? "sent" : "connecting"
    let settled = false

    const settle = (): void => {
      settled = true
      forgetDeadline()
      forgetSignal?.()
    }
    const fail = (
      problem: Problem,
      detail: { limit?: number; code?: string | undefined; cause?: unknown } = {},
    ) => {
      if (settled) return
      settle()
      hangUp()
      const stale = kept !== undefined && !reader && (problem === "closed" || problem === "socket")
      reject(new TransportError(problem, stage, { ...detail, stale }))
    }
    // After a plain close the kernel goes on sending what the other side has not acknowledged, and a request that was given
    // up arrives minutes later. Node resets nothing but plain TCP.
    const hangUp = (): void => {
      const { address } = endpoint
      const isPlain = address.kind === "tcp" && address.scheme === "http"
      if (stage === "sent" && isPlain) connection.socket.resetAndDestroy()
      else connection.socket.destroy()
    }
    const read = (reading: Reading): void => {
      switch (reading.kind) {
        case "more":
          return
        case "whole":
          if (settled) return
          settle()
          if (question.use.keep && reading.persists && reading.answer.status === 200)
            keep(endpoint, connection)
          else connection.socket.destroy()
          resolve(reading.answer)
          return
        case "cut":
          fail("closed", { code: "ECONNRESET" })
          return
        case "no-http":
          fail("socket", { code: "HPE_NO_HTTP" })
          return
        case "too-large":
          fail("too-large", { limit: maxBytes })
      }
    }
    const expired = (): void => fail(stage === "sent" ? "timeout" : "connect-timeout", { limit: timeout })
    const listener: Listener = {
      connected: () => {
        stage = "handshake"
      },
      ready: () => {
        if (settled) return
        stage = "sent"
        if (connectTimeout < left) {
          forgetDeadline()
          forgetDeadline = deadline(Math.max(0, left - (performance.now() - began)), expired)
        }
        connection.socket.write(request)
      },
      data: bytes => {
        reader ??= answerReader({ maxBytes, until: question.until })
        if (!settled) read(reader.take(bytes))
      },
      end: () => {
        if (settled) return
        if (stage === "sent") read(reader?.end() ?? { kind: "cut" })
        else fail("closed")
      },
      error: cause => fail("socket", { code: codeOf(cause), cause }),
      close: () => fail("closed"),
    }
    if (!kept) makeRoom()
    const connection = kept ?? openConnection(endpoint, connectTimeout, listener, lookup)
    connection.listener = listener
    let forgetDeadline =
      connectTimeout < left && !kept
        ? deadline(connectTimeout, () => fail("connect-timeout", { limit: connectTimeout }))
        : deadline(left, expired)
    const forgetSignal = signal && onAbort(signal, () => fail("cancelled"))
    if (kept) kept.socket.write(request)
  })
}

// What says least of a host with several addresses: this machine has no way to one of them.
const OF_ONE_ADDRESS = new Set(["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EINVAL", "ETIMEDOUT"])

/** Of several addresses, what the one says that was reached. */
function codeOf(cause: unknown): string | undefined {
  const codes = (cause instanceof AggregateError ? cause.errors : [])
    .map((error: NodeJS.ErrnoException) => error.code ?? "")
    .filter(code => code !== "" && !OF_ONE_ADDRESS.has(code))
  const code = codes[0] ?? (cause as NodeJS.ErrnoException | undefined)?.code
  return typeof code === "string" ? code : undefined
}
