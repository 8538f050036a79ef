import type { IncomingMessage } from "node:http"

/** Why a body could not be read: larger than allowed, not there in time, or the peer is gone. */
export type BodyProblem = "too-large" | "too-slow" | "gone"

export type Body = { readonly kind: "complete"; readonly bytes: Buffer } | { readonly kind: BodyProblem }

/** Reads a request's body. It never throws, and it leaves what it did not read to the caller. */
export function readBody(
  request: IncomingMessage,
  limits: { readonly maxBytes: number; readonly milliseconds: number },
): Promise<Body> {
  if (Number(request.headers["content-length"] ?? 0) > limits.maxBytes)
    return Promise.resolve({ kind: "too-large" })
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let size = 0
    const finish = (body: Body) => {
      clearTimeout(timer)
      request.off("data", take).off("end", end).off("close", gone)
      resolve(body)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limits.maxBytes) finish({ kind: "too-large" })
      else chunks.push(chunk)
    }
    const end = () => finish({ kind: "complete", bytes: Buffer.concat(chunks, size) })
    const gone = () => finish({ kind: "gone" })
    const timer = setTimeout(() => finish({ kind: "too-slow" }), limits.milliseconds)
    request.on("data", take).on("end", end).on("close", gone)
  })
}

/**
 * Reads and forgets what a refused request still sends, up to a limit: a connection closed over unread bytes is reset,
 * and the peer may then never see the answer.
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return
  let left = 1024 * 1024
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, 1_000)
    const finish = () => {
      clearTimeout(timer)
      resolve()
    }
    request.on("data", (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) finish()
    })
    request.on("end", finish).on("close", finish)
    request.resume()
  })
}
