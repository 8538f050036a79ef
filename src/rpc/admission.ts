import { createHash, timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { isIP } from "node:net"
import type { Credentials } from "../model/endpoint.js"
import { type LoginLimit, loginLimit } from "./login-limit.js"

/** Who a request comes from, or the HTTP answer that refuses it. */
export type Admission =
  | { readonly kind: "admitted"; readonly user: string }
  | {
      readonly kind: "refused"
      readonly status: number
      readonly text: string
      /** Seconds until it makes sense to try again. */
      readonly retryAfter?: number
    }

/**
 * Says of a request's head whether it is let in; without credentials the server is open, to its own machine only.
 * An address that gave wrong credentials ten times in a minute has to wait, whatever it gives then; on loopback, where an
 * operator, a tunnel and every user of the host have one address, right credentials are let in all the same.
 */
export function admission(
  credentials: Credentials | undefined,
  limit: LoginLimit = loginLimit(),
): (request: IncomingMessage) => Admission {
  const expected = credentials && digest(`${credentials.user}:${credentials.password.reveal()}`)
  return request => {
    // Only a browser sends one, and no page has business here (cross-site request forgery).
    if (request.headers.origin !== undefined) return refused(403, "requests from web pages are refused")
    if (!credentials || !expected) {
      // A page whose name was made to point at 127.0.0.1 still sends that name (DNS rebinding).
      if (isLoopbackPeer(request) && !isLoopbackName(request.headers.host)) {
        return refused(421, "the Host header names another machine")
      }
      return { kind: "admitted", user: "" }
    }
    const from = request.socket.remoteAddress ?? ""
    const wait = limit.wait(from)
    if (wait > 0 && !isLoopback(from)) return tooOften(wait)
    const given = basicCredentials(request.headers.authorization)
    // User and password in one comparison, which takes as long wherever they differ.
    const right = timingSafeEqual(digest(given ?? ""), expected)
    if (right && given !== undefined) return { kind: "admitted", user: credentials.user }
    if (wait > 0) return tooOften(wait)
    // Without credentials nothing was guessed.
    if (request.headers.authorization !== undefined) limit.failed(from)
    return refused(401, "user or password are missing or wrong")
  }
}

function refused(status: number, text: string): Admission {
  return { kind: "refused", status, text }
}

function tooOften(retryAfter: number): Admission {
  return { kind: "refused", status: 429, text: "too many wrong passwords from this address", retryAfter }
}

/** `user:password` of a Basic Authorization header. */
function basicCredentials(header: string | undefined): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? "")?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8")
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}

function isLoopbackPeer(request: IncomingMessage): boolean {
  return isLoopback(request.socket.localAddress ?? "")
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.replace(/^::ffff:/, "").startsWith("127.")
}

/** True for a Host header that names this machine's loopback interface; HTTP/1.0 may send none. */
function isLoopbackName(host: string | undefined): boolean {
  if (host === undefined) return true
  const name = host.replace(/:\d*$/, "").toLowerCase()
  return name === "localhost" || name === "[::1]" || (isIP(name) === 4 && name.startsWith("127."))
}
