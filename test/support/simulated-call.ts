import { setMaxListeners } from "node:events"
import { CallError, type CallFailure, type Reason } from "../../src/model/failure.js"
import type { Clock } from "../../src/run/clock.js"

export interface Fault {
  readonly fault: number
}

/** Its caller gives up waiting, and only so many milliseconds after it was sent it arrives and is carried out. */
export interface Late {
  readonly late: number
}

/**
 * What happens to a call on its way: `refused`, it never arrives; `dropped`, it is lost before it was carried out and
 * `lost`, after; `hang`, as lost, and the caller waits for its whole timeout; `twice`, all is well and it is carried out once more; late; a fault; or all is well.
 */
export type Trouble = "refused" | "unauthorized" | "dropped" | "lost" | "hang" | "twice" | "ok" | Fault | Late

const LATENCY = 5
const TIMEOUT = 5_000

/** Makes calls of named methods, each with the trouble that it meets in turn; the last one of a list stays so. */
export function simulatedCalls<Method extends string>(
  clock: Clock,
  trouble: Readonly<Partial<Record<Method, readonly Trouble[]>>>,
) {
  const made = new Map<Method, number>()
  const troubleOf = (method: Method): Trouble => {
    const nth = made.get(method) ?? 0
    made.set(method, nth + 1)
    const list = trouble[method] ?? []
    return list[Math.min(nth, list.length - 1)] ?? "ok"
  }
  return async <T>(method: Method, signal: AbortSignal, carryOut: () => T, timeout = TIMEOUT): Promise<T> => {
    // As the transport does.
    setMaxListeners(0, signal)
    const happens = troubleOf(method)
    if (typeof happens === "object" && "late" in happens) {
      void clock.sleep(happens.late, new AbortController().signal).then(() => quietly(carryOut))
      await clock.sleep(TIMEOUT, signal)
      throw callError(signal.aborted ? "cancelled" : "timeout", true)
    }
    await clock.sleep(happens === "hang" ? timeout : LATENCY, signal)
    if (signal.aborted) throw callError("cancelled", true)
    if (happens === "refused" || happens === "unauthorized") throw callError(happens, false)
    if (happens === "dropped") throw callError("closed", true)
    if (typeof happens === "object") throw faultError(happens.fault)
    const value = carryOut()
    if (happens === "twice") quietly(carryOut)
    if (happens === "lost") throw callError("closed", true)
    if (happens === "hang") throw callError("timeout", true)
    return value
  }
}

/** Nobody hears what becomes of it. */
function quietly(carryOut: () => unknown): void {
  try {
    carryOut()
  } catch (error) {
    if (!(error instanceof CallError)) throw error
  }
}

/** A call that got no answer. */
export function callError(
  reason: Reason,
  maybeDelivered: boolean,
  more: Partial<CallFailure> = {},
): CallError {
  return new CallError({
    reason,
    message: `it is ${reason}`,
    hint: `mend ${reason}`,
    maybeDelivered,
    ...more,
  })
}

/** A call that was answered with a fault. */
export function faultError(faultCode: number): CallError {
  return callError("fault", false, { faultCode, message: `FAULT_${faultCode}` })
}
