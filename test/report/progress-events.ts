import type { Outcome } from "../../src/model/outcome.js"
import type { ProgressEvent } from "../../src/model/progress-event.js"
import { beginProgress, type ProgressState, progressAfter } from "../../src/report/progress.js"
import { about } from "./outcomes.js"

/** A run after events at these milliseconds. */
export function progressOf(...events: readonly (readonly [number, ProgressEvent])[]): ProgressState {
  return events.reduce(
    (state, [at, event]) => progressAfter(state, event, at),
    beginProgress("restart shop/test", 0),
  )
}

/** `web.0 web-01`, in region east unless a third word says otherwise. */
export function dispatched(text: string): ProgressEvent {
  return { kind: "dispatched", ...about(text) }
}

export function outcome(outcome: Outcome): ProgressEvent {
  return { kind: "outcome", outcome }
}
