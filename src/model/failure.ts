/**
 * Why a call to a target did not give an answer: a closed set, in words that need no knowledge of sockets.
 * What each means and what to do about it stands in `rpc/reasons.ts`.
 */
export type Reason =
  | "refused"
  | "unresolved"
  | "no-route"
  | "connect-timeout"
  | "timeout"
  | "closed"
  | "tls"
  | "unauthorized"
  | "redirected"
  | "http-status"
  | "not-xmlrpc"
  | "too-large"
  | "fault"
  | "relay"
  | "cancelled"

/** What is known of a call that failed. Safe to print: no credentials, no control characters. */
export interface CallFailure {
  readonly reason: Reason
  /** One line: what happened. */
  readonly message: string
  /** One line: what to do. */
  readonly hint: string
  /** Set when the reason is `fault`. */
  readonly faultCode?: number
  /** Set when the reason is `http-status` or `unauthorized`. */
  readonly httpStatus?: number
  /** False when it is certain that the request never left this machine, so the server cannot have acted on it. */
  readonly maybeDelivered: boolean
}

/** A call that did not give an answer of its own; thrown by proxies, turned into an outcome by whoever fans out. */
export class CallError extends Error {
  readonly failure: CallFailure
  /** The fault as the server sent it, when the reason is `fault`; to hand on to another program, not safe to print. */
  readonly fault: ServerFault | undefined

  constructor(failure: CallFailure, fault?: ServerFault) {
    // Without a stack, which takes longer to write down than all the rest: what failed is a target, and its failure says all.
    const { stackTraceLimit } = Error
    // Not by an assignment, which throws where somebody has frozen it.
    Reflect.set(Error, "stackTraceLimit", 0)
    super(failure.message)
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit)
    this.name = "CallError"
    this.failure = failure
    this.fault = fault
  }
}

export interface ServerFault {
  readonly code: number
  readonly text: string
}
