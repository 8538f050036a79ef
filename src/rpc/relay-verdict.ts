import type { CallFailure } from "../model/failure.js"
import { RELAY_FAULT } from "./relay-wire.js"

/** What a broken exchange with a relay means for the calls that it was to carry. */
export type Verdict =
  /** The same is said again after a while. */
  | "again"
  /** The relay knows nothing of the session: it was restarted, and another session begins. */
  | "anew"
  /** It has been silent so long that calls go another way, if nothing can be done twice by that. */
  | "elsewhere"
  /** No second attempt would change it. */
  | "hopeless"
  /** It has been silent so long that nothing more is waited for. */
  | "over"

/** What is borne; milliseconds. */
export interface Bearing {
  /** How long the relay has not answered. */
  readonly silentFor: number
  /** Answers of a relay that knew nothing of the session, without another between them. */
  readonly restarts: number
  /** There is another way to the hosts. */
  readonly otherWay: boolean
  /** The relay does not answer: then calls go elsewhere, if they may. */
  readonly silence: number
  /** The relay does not answer: then everything is over. */
  readonly longSilence: number
}

const MOST_RESTARTS = 5
const HOPELESS = new Set(["unauthorized", "redirected", "not-xmlrpc", "too-large"])

export function verdictOn(failure: CallFailure, bearing: Bearing): Verdict {
  if (isForgotten(failure) && bearing.restarts <= MOST_RESTARTS) return "anew"
  if (failure.faultCode !== RELAY_FAULT.BUSY && isHopeless(failure)) return "hopeless"
  if (bearing.silentFor >= bearing.longSilence) return "over"
  return bearing.otherWay && bearing.silentFor >= bearing.silence ? "elsewhere" : "again"
}

/** The relay knows nothing of the session. */
export function isForgotten({ faultCode }: CallFailure): boolean {
  return faultCode === RELAY_FAULT.UNKNOWN_SESSION
}

/** Nothing came at all, in the time that there was. */
export function isSilence({ reason }: CallFailure): boolean {
  return reason === "timeout" || reason === "connect-timeout"
}

function isHopeless({ reason, httpStatus = 0 }: CallFailure): boolean {
  if (reason === "http-status") return httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429
  return reason === "fault" || HOPELESS.has(reason)
}
