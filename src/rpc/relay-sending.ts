import type { Errand } from "./relay-batch.js"
import type { RelayedAnswer } from "./relay-wire.js"

/** A call that somebody waits for. */
export interface Pending {
  readonly n: number
  readonly errand: Errand
  /** When the operator's machine stops waiting and the relay does not make the call any more, on `performance.now()`; Infinity for never. */
  readonly end: number
  /** A submission with it may have reached the relay. */
  sent: boolean
  over: boolean
  finish(result: RelayedAnswer | Error): void
}

/** A submission that the relay has not answered yet. It stays as it is, so that it can be sent again. */
export interface Sending {
  readonly batch: number
  readonly pending: readonly Pending[]
  readonly cancel: readonly number[]
  readonly packed: Buffer
  /** It may be under way right now. */
  onWire: boolean
}

/**
 * Somebody was told that a call in it was surely not made: it must not go out with it. One that may have arrived stays as it is, for as
 * long as anybody waits for any of it.
 */
export function isOutdated({ pending }: Sending): boolean {
  if (pending.some(({ sent }) => sent)) return pending.every(({ over }) => over)
  return pending.some(({ over }) => over)
}

/** Nobody waits for any of it. */
export function isIdle(sending: Sending | undefined): boolean {
  return sending === undefined || sending.pending.every(({ over }) => over)
}

/** It changes nothing, and may be made twice. */
export function isRead({ errand }: Pending): boolean {
  return errand.readOnly
}
