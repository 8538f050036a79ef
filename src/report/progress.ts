import type { Outcome, OutcomeKind, Subject } from "../model/outcome.js"
import type { ProgressEvent } from "../model/progress-event.js"
import { type ByTask, OF_NO_TASK, ofTask, withoutTask, withTask } from "./by-task.js"
import { afterCompletion, type Pace, paceFrom } from "./progress-pace.js"

/** How far a run is. All times are milliseconds of one clock. */
export interface ProgressState {
  /** `restart hello/demo` */
  readonly title: string
  readonly since: number
  /** Outcomes expected; 0 while that is not known. */
  readonly planned: number
  /** 0 where the run has none. */
  readonly waves: number
  /** The one that began last; `index` counts from 1. */
  readonly wave: { readonly index: number; readonly name: string } | undefined
  readonly counts: Readonly<Record<OutcomeKind, number>>
  /** The last outcome of each task. */
  readonly settled: ByTask<Outcome>
  /** Tasks dispatched and without an outcome. */
  readonly running: ByTask<Running>
  readonly note: Note | undefined
  readonly pace: Pace
}

export interface Running extends Pick<Subject, "task" | "host" | "region"> {
  readonly since: number
}

/** What is done, or waited for, besides the tasks that run. */
export interface Note {
  readonly kind: "said" | "waiting"
  readonly text: string
  readonly since: number
}

/** A run of which nothing is known yet. */
export function beginProgress(title: string, at: number): ProgressState {
  return {
    title,
    since: at,
    planned: 0,
    waves: 0,
    wave: undefined,
    counts: { changed: 0, unchanged: 0, failed: 0, unreachable: 0, skipped: 0 },
    settled: OF_NO_TASK,
    running: OF_NO_TASK,
    note: undefined,
    pace: paceFrom(at),
  }
}

/** How far the run is after an event at this time. */
export function progressAfter(state: ProgressState, event: ProgressEvent, at: number): ProgressState {
  // The time before a task is touched (asking, staging, hooks) tells nothing about how fast tasks are done.
  const idle = state.pace.last === undefined && state.running.count === 0
  const pace = idle || event.kind === "wave" ? paceFrom(at) : state.pace
  // A spread would do as well, and V8 gives what comes of one after another shapes that it does not know again.
  const after = (changes: Partial<ProgressState>): ProgressState =>
    Object.assign({}, state, { pace }, changes)
  switch (event.kind) {
    case "began":
      return after({ planned: event.planned, waves: event.waves })
    case "wave":
      return after({
        waves: event.of ?? state.waves,
        wave: { index: event.index, name: event.name },
        note: undefined,
      })
    case "dispatched": {
      const { task, host, region } = event
      return after({
        running: withTask(state.running, task, { task, host, region, since: at }),
        note: undefined,
      })
    }
    case "outcome": {
      const { kind, task } = event.outcome
      const before = ofTask(state.settled, task)
      const counts = before ? { ...state.counts, [before.kind]: state.counts[before.kind] - 1 } : state.counts
      const ran = ofTask(state.running, task) !== undefined
      // What was found unchanged, unreachable or was skipped without being touched is no work and tells nothing of the pace.
      const worked = ran || (!before && (kind === "changed" || kind === "failed"))
      return after({
        counts: { ...counts, [kind]: counts[kind] + 1 },
        settled: withTask(state.settled, task, event.outcome),
        running: withoutTask(state.running, task),
        note: state.note?.kind === "said" ? undefined : state.note,
        pace: worked ? afterCompletion(state.pace, at) : pace,
      })
    }
    case "say":
      return after({ note: noteOf("said", event.text, state.note, at) })
    case "waiting":
      return after({ note: noteOf("waiting", event.why, state.note, at) })
  }
}

/** Tasks have been touched, or a wave has begun. */
export function isUnderway(state: ProgressState): boolean {
  return state.wave !== undefined || state.running.count > 0 || outcomesSoFar(state) > 0
}

export function outcomesSoFar({ counts }: ProgressState): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** How many tenths of the planned outcomes there are, 0 to 10. */
export function tenthsDone(state: ProgressState): number {
  return state.planned === 0 ? 0 : Math.min(10, Math.floor((10 * outcomesSoFar(state)) / state.planned))
}

// The same wait told again goes on; it does not begin anew.
function noteOf(kind: Note["kind"], text: string, before: Note | undefined, at: number): Note | undefined {
  if (text === "") return undefined
  return before?.kind === kind && before.text === text ? before : { kind, text, since: at }
}
