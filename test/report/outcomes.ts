import type { CallFailure, Reason } from "../../src/model/failure.js"
import type { Evidence, Outcome, Subject, TaskView } from "../../src/model/outcome.js"
import type { ProcessInfo } from "../../src/model/process.js"
import { processInfo } from "../support/simulated-host.js"

/** `web.0 web-01`, in region east unless a third word says otherwise. */
export function about(text: string): Subject {
  const [task = "", host = "", region = "east"] = text.split(" ")
  return { task, host, region, endpoint: `http://${host}:9001` }
}

export function changed(text: string, note = "RUNNING, pid 71"): Outcome {
  return { ...about(text), kind: "changed", note }
}

export function unchanged(text: string): Outcome {
  return { ...about(text), kind: "unchanged", note: "RUNNING already" }
}

export function failed(text: string, evidence: Evidence = { message: "it broke" }): Outcome {
  return { ...about(text), kind: "failed", evidence }
}

export function unreachable(
  text: string,
  reason: Reason = "refused",
  more: Partial<CallFailure> = {},
): Outcome {
  return { ...about(text), kind: "unreachable", failure: failure(reason, more), unknown: false }
}

export function unknown(text: string, reason: Reason = "timeout"): Outcome {
  return { ...about(text), kind: "unreachable", failure: failure(reason), unknown: true }
}

export function skipped(text: string, why = "the run stopped before it"): Outcome {
  return { ...about(text), kind: "skipped", why }
}

export function failure(reason: Reason, more: Partial<CallFailure> = {}): CallFailure {
  return { reason, message: `it is ${reason}`, hint: `mend ${reason}`, maybeDelivered: false, ...more }
}

export function seen(text: string, ...processes: Partial<ProcessInfo>[]): TaskView {
  return { ...about(text), kind: "seen", processes: processes.map(processInfo) }
}

export function missing(text: string, program = "web"): TaskView {
  return { ...about(text), kind: "missing", program }
}

export function silent(text: string, reason: Reason = "refused", more: Partial<CallFailure> = {}): TaskView {
  return { ...about(text), kind: "unreachable", failure: failure(reason, more) }
}
