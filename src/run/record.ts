import type { Outcome, Subject, TaskView } from "../model/outcome.js"
import type { Seen } from "../plan/resume.js"

/** What is about to be done to a task. */
export interface ChangeNote {
  readonly task: string
  readonly host: string
  readonly region: string
  /** `restart`, `activate`, `prepare`, ... */
  readonly step: string
  /** The id under which an agent carries it out. */
  readonly op?: string
  /** Its processes as last read. */
  readonly before: readonly Seen[]
}

/** Where a run notes what it does, so that it can be proved and gone on with after a crash. */
export interface RunRecord {
  /** Durable when it resolves, which is before the change is sent. Says why it cannot be written, or undefined. */
  change(note: ChangeNote): Promise<string | undefined>
  /** What became of it; `step` where that is not the outcome of the whole task. */
  outcome(outcome: Outcome, step?: string): void
}

/** Notes a change of a task that was read just now. */
export function recordChange(
  record: RunRecord | undefined,
  what: Pick<ChangeNote, "step" | "op">,
  view: TaskView,
): Promise<string | undefined> {
  return noteIn(record, what, view, view.kind === "seen" ? seen(view) : [])
}

/** Notes a change of which there is nothing to read beforehand. */
export function recordStep(
  record: RunRecord | undefined,
  about: Subject,
  what: Pick<ChangeNote, "step" | "op">,
): Promise<string | undefined> {
  return noteIn(record, what, about, [])
}

async function noteIn(
  record: RunRecord | undefined,
  what: Pick<ChangeNote, "step" | "op">,
  { task, host, region }: Subject,
  before: readonly Seen[],
): Promise<string | undefined> {
  return record?.change({ task, host, region, ...what, before })
}

function seen(view: TaskView & { readonly kind: "seen" }): readonly Seen[] {
  return view.processes.map(({ name, group, pid, start, stop, now, state }) => ({
    name,
    group,
    pid,
    start,
    stop,
    now,
    state,
  }))
}
