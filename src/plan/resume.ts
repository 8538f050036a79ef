import { isDown, isUp, type ProcessInfo } from "../model/process.js"

/** A process as it was read before a change, on the clock of its host. */
export type Seen = Pick<ProcessInfo, "name" | "group" | "pid" | "start" | "stop" | "now" | "state">

/** What a run that was cut short had done to one task, by its journal. */
export type Prior =
  /** It said so. Which attempt another change would be, is counted in `attempt`, from 1. */
  | { readonly kind: "done"; readonly attempt: number }
  /** A change was about to be sent, and what became of it was not written down any more. */
  | {
      readonly kind: "open"
      readonly attempt: number
      readonly step: string
      readonly before: readonly Seen[]
    }
  /** It was not begun, or it failed. */
  | { readonly kind: "undone"; readonly attempt: number }

/** A run that goes on after it was cut short. */
export interface Resumed {
  /** 2 when it is resumed for the first time. */
  readonly part: number
  /** By the name of the task; absent: it was never begun. */
  readonly prior: ReadonlyMap<string, Prior>
  /** The releases that the run chose, by the name of the task. */
  readonly targets: Readonly<Record<string, string>>
}

/** What a change that may have been sent has come to: all of it, half of it (stopped and not started), or nothing. */
export type Settled = "happened" | "half" | "not"

/**
 * Decides by the host's own clock and process ids whether a change that may have been sent was carried out: `before` is what
 * was read before it, `now` what two reads agree on afterwards. Without a `before` nothing is known to have happened.
 */
export function settled(
  verb: "start" | "stop" | "restart",
  before: Seen | undefined,
  now: Omit<Seen, "name" | "group" | "now">,
): Settled {
  switch (verb) {
    case "start":
      return before && (isAnew(before, now) || (isUp(now.state) && !isUp(before.state))) ? "happened" : "not"
    case "stop":
      if (now.state === "STOPPING") return "half"
      // What ended by itself may be started again by its supervisor: only a stop that was asked for keeps it down.
      return before && !isDown(before.state) && now.state === "STOPPED" ? "happened" : "not"
    case "restart":
      return restarted(before, now)
  }
}

function restarted(before: Seen | undefined, now: Omit<Seen, "name" | "group" | "now">): Settled {
  switch (now.state) {
    case "STOPPED":
    case "STOPPING":
      // Only a stop that was asked for leads here (docs/supervisord.md), and a restart must not leave it so.
      return "half"
    case "EXITED":
    case "FATAL":
    case "UNKNOWN":
      // It ended by itself: after our start that is what the start came to, before it there is nothing left to stop.
      return before && isAnew(before, now) ? "happened" : "half"
    case "STARTING":
    case "RUNNING":
    case "BACKOFF":
      return before && isAnew(before, now) ? "happened" : "not"
  }
}

/** Started since: not "later", because a clock may have been set back. */
function isAnew(before: Seen, now: Pick<Seen, "pid" | "start">): boolean {
  return now.start !== before.start || (now.pid > 0 && now.pid !== before.pid)
}

/** The name of a step in an operation's id: an agent answers the first attempt with what became of it, so a further one needs its own. */
export function stepName(step: string, attempt: number): string {
  return attempt === 1 ? step : `${step}.${attempt}`
}
