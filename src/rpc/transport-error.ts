/** How far a request came: only one that was `sent` may have had an effect. */
export type Stage = (typeof STAGES)[number]
export const STAGES = ["connecting", "handshake", "sent"] as const

/** What went wrong. */
export type Problem = (typeof PROBLEMS)[number]
export const PROBLEMS = [
  "socket",
  "connect-timeout",
  "timeout",
  "closed",
  "too-large",
  "cancelled",
  "exhausted",
] as const

interface TransportDetail {
  readonly code?: string | undefined
  readonly limit?: number | undefined
  readonly cause?: unknown
  readonly stale?: boolean
}

/** No HTTP answer. */
export class TransportError extends Error {
  readonly problem: Problem
  readonly stage: Stage
  /** Of Node or OpenSSL when the problem is `socket`, or one that begins with HPE_ for what is no HTTP; ECONNRESET of a cut answer. */
  readonly code: string | undefined
  /** The limit that was passed: milliseconds or bytes. */
  readonly limit: number | undefined
  /** A connection that had been kept was gone before a byte of the answer came. */
  readonly stale: boolean

  constructor(problem: Problem, stage: Stage, detail: TransportDetail = {}) {
    super(detail.code ?? problem, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = "TransportError"
    this.problem = problem
    this.stage = stage
    this.code = detail.code
    this.limit = detail.limit
    this.stale = detail.stale ?? false
  }
}
