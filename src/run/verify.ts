import { isUp, type ProcessInfo } from "../model/process.js"

/** What can be asked of a supervisor for one process. */
export type Call = "start" | "stop"

/** What reads tell of a change whose answer was lost; `undecided`: read on. */
export type Truth = "happened" | "did-not-happen" | "undecided"

/**
 * Whether a change was carried out, by a read right before it was sent and the reads since, oldest first, of the same
 * process. Only reads in a row that agree count. That nothing happened is believed when they also span a tick of the
 * target's own clock: by then its loop has turned, and what had reached it would have been carried out.
 */
export function truthOf(call: Call, before: ProcessInfo, since: readonly ProcessInfo[]): Truth {
  const agreeing = lastAgreeing(since)
  if (agreeing.length < 2) return "undecided"
  if (bears(call, before, agreeing.at(-1)!)) return "happened"
  return spansTick(agreeing) ? "did-not-happen" : "undecided"
}

/** True when the last reads of a process agree and its host's clock moved on between them. */
export function isQuiet(reads: readonly ProcessInfo[]): boolean {
  return spansTick(lastAgreeing(reads))
}

/**
 * True when the marks of a process cannot tell a start within this second from its last one: times are whole seconds,
 * so a start is sent when the clock of the host has moved on.
 */
export function isTooFresh({ start, now }: ProcessInfo): boolean {
  return start === now
}

/** True when a process that was down was started since, whatever became of it. */
export function wasStarted(before: ProcessInfo, now: ProcessInfo): boolean {
  return now.start !== before.start || (now.pid !== 0 && now.pid !== before.pid)
}

function bears(call: Call, before: ProcessInfo, now: ProcessInfo): boolean {
  switch (call) {
    case "start":
      return wasStarted(before, now) || isUp(now.state)
    case "stop":
      // What does not stay up changes its pid by itself; only of a RUNNING one does a new pid say that it was ended.
      return !isUp(now.state) || (before.state === "RUNNING" && now.pid !== before.pid)
  }
}

function lastAgreeing(reads: readonly ProcessInfo[]): readonly ProcessInfo[] {
  const last = reads.at(-1)
  if (!last) return []
  const other = reads.findLastIndex(read => !agree(read, last))
  return reads.slice(other + 1)
}

function agree(one: ProcessInfo, other: ProcessInfo): boolean {
  return (
    one.state === other.state && one.pid === other.pid && one.start === other.start && one.stop === other.stop
  )
}

// Not "later": a clock that is set back ticks as well.
function spansTick(reads: readonly ProcessInfo[]): boolean {
  return reads.some(read => read.now !== reads[0]!.now)
}
