import type { Credentials, Endpoint } from "../model/endpoint.js"
import { CallError, type CallFailure, type Reason } from "../model/failure.js"
import { DecodeError } from "./decode-error.js"
import { withoutUserInfo } from "./endpoint.js"
import { oneLine } from "./printable.js"
import { EXHAUSTED, FORBIDDEN_SOCKET, faultHint, MISSING_SOCKET, REASONS } from "./reasons.js"
import { RelayError } from "./relay-error.js"
import { type HttpAnswer, TransportError } from "./transport.js"

/**
 * What a thrown error means for the call; undefined for one that is no failure of the target but a bug here.
 * The messages name no address, so that equal failures of many hosts read the same.
 */
export function classifyError(error: unknown, endpoint: Endpoint): CallFailure | undefined {
  if (error instanceof TransportError) return classifyTransport(error, endpoint)
  if (error instanceof DecodeError) return unexpected(error.message, endpoint)
  if (error instanceof RelayError) return failure("relay", safe(error.message, endpoint), error.submitted)
  return undefined
}

/** What an HTTP answer means that cannot hold a methodResponse; undefined for one that may. */
export function classifyStatus(answer: HttpAnswer, endpoint: Endpoint): CallFailure | undefined {
  const { status, headers } = answer
  if (status === 200) {
    const encoding = headers["content-encoding"] ?? "identity"
    return encoding === "identity" ? undefined : unexpected(`it is compressed (${encoding})`, endpoint)
  }
  if (status >= 300 && status < 400) {
    const to = headers.location === undefined ? "" : ` to ${headers.location}`
    return failure("redirected", safe(`HTTP ${status}${to}`, endpoint), false)
  }
  const title = titleOf(answer)
  const text = safe(`HTTP ${status}${title && `, ${title}`}`, endpoint)
  if (status === 401 || status === 403) {
    return { ...failure("unauthorized", text, false), httpStatus: status }
  }
  // With these a server says that it did not take the call; 408 comes in the middle of it.
  const refused = status >= 400 && status < 500 && status !== 408
  return {
    ...failure("http-status", text, !refused),
    ...(status === 413 && { hint: TOO_LARGE }),
    httpStatus: status,
  }
}

const TOO_LARGE =
  "The call is larger than this server takes: large files belong into the package, or beside it by `source`."

/** A fault is an answer: what the call did or did not do is known from it. The message is the fault's own text. */
export function classifyFault(code: number, message: string, endpoint: Endpoint): CallFailure {
  return {
    reason: "fault",
    message: safe(message, endpoint) || REASONS.fault.meaning,
    hint: faultHint(code),
    faultCode: code,
    maybeDelivered: false,
  }
}

/** An answer that is no XML-RPC, or not what the method should give. */
export function unexpected(what: string, endpoint: Endpoint): CallFailure {
  return failure("not-xmlrpc", safe(what, endpoint), true)
}

/** The error of a method of an agent's whose answer is not of the type that it gives. */
export function notAsAgent(endpoint: Endpoint, method: string): CallError {
  return new CallError(
    unexpected(`deployment.${method} answered with something else than an agent does`, endpoint),
  )
}

function classifyTransport(error: TransportError, endpoint: Endpoint): CallFailure {
  const sent = error.stage === "sent"
  switch (error.problem) {
    case "cancelled":
      return failure("cancelled", "", sent)
    case "closed":
      return error.stage === "handshake"
        ? failure("tls", "the server hung up", false)
        : failure("closed", "", sent)
    case "connect-timeout":
      return failure("connect-timeout", `waited ${duration(error.limit)}`, false)
    case "timeout":
      return failure("timeout", `waited ${duration(error.limit)}`, sent)
    case "too-large":
      return failure("too-large", `more than ${size(error.limit)}`, sent)
    case "exhausted":
      return {
        reason: "connect-timeout",
        message: `${EXHAUSTED.meaning}: waited ${duration(error.limit)}`,
        hint: EXHAUSTED.hint,
        maybeDelivered: false,
      }
    case "socket":
      return classifySocket(error, endpoint)
  }
}

const REASON_OF_CODE: Readonly<Record<string, Reason>> = {
  ECONNREFUSED: "refused",
  ENOTSOCK: "refused",
  EPROTOTYPE: "refused",
  ENOTFOUND: "unresolved",
  ERR_INVALID_IP_ADDRESS: "unresolved",
  EHOSTUNREACH: "no-route",
  EHOSTDOWN: "no-route",
  ENETUNREACH: "no-route",
  ENETDOWN: "no-route",
  EINVAL: "no-route",
  EADDRNOTAVAIL: "no-route",
  ETIMEDOUT: "connect-timeout",
}

function classifySocket(error: TransportError, endpoint: Endpoint): CallFailure {
  const code = error.code ?? ""
  const text = error.cause instanceof Error ? error.cause.message : code
  if (error.stage === "handshake") return failure("tls", safe(text, endpoint), false)
  if (error.stage === "sent") {
    if (code.startsWith("HPE_")) return failure("not-xmlrpc", "it is no HTTP", true)
    return failure(code === "ETIMEDOUT" ? "timeout" : "closed", code === "ETIMEDOUT" ? code : "", true)
  }
  if (code === "ENOENT") return refusedSocket(MISSING_SOCKET)
  if (code === "EACCES" || code === "EPERM") {
    return endpoint.address.kind === "socket"
      ? refusedSocket(FORBIDDEN_SOCKET)
      : failure("no-route", code, false)
  }
  if (code.startsWith("EAI_")) return failure("unresolved", code, false)
  const reason = REASON_OF_CODE[code]
  if (reason) return failure(reason, reason === "unresolved" || reason === "refused" ? "" : code, false)
  return failure("closed", code, false)
}

function refusedSocket(words: { readonly meaning: string; readonly hint: string }): CallFailure {
  return { reason: "refused", message: words.meaning, hint: words.hint, maybeDelivered: false }
}

function failure(reason: Reason, detail: string, maybeDelivered: boolean): CallFailure {
  const { meaning, hint } = REASONS[reason]
  return { reason, message: detail === "" ? meaning : `${meaning}: ${detail}`, hint, maybeDelivered }
}

/** Text of the peer as one line that holds neither control characters nor the credentials. */
function safe(text: string, { credentials }: Endpoint): string {
  return oneLine(withoutUserInfo(credentials ? hidden(text, credentials) : text))
}

function hidden(text: string, { user, password: secret }: Credentials): string {
  const password = secret.reveal()
  // As it stands in the request, which a server may quote.
  const sent = Buffer.from(`${user}:${password}`).toString("base64")
  // A shorter one would tear holes into ordinary words.
  return (password.length >= 4 ? text.replaceAll(password, "[secret]") : text).replaceAll(sent, "[secret]")
}

/** The title of an error page, or its first words when it is plain text. */
function titleOf({ body, headers }: HttpAnswer): string {
  const text = body.subarray(0, 4096).toString("utf8")
  const title = /<title>([^<]*)<\/title>/i.exec(text)?.[1]
  if (title !== undefined) return oneLine(title, 80)
  return /^text\/plain/i.test(headers["content-type"] ?? "") ? oneLine(text, 80) : ""
}

function duration(milliseconds = 0): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`
}

function size(bytes = 0): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024 / 1024)} MiB`
}
