import type { OutcomeKind } from "../model/outcome.js"
import type { Prior, Seen } from "../plan/resume.js"
import type { Actor, Began, Ended, RunRecordLine, Written } from "./record.js"

/** A run by its journal. */
export interface PastRun {
  readonly began: Written<Began>
  /** Whoever is, or was last, at it. */
  readonly actor: Actor
  /** How often it was taken up: 1 = never again. */
  readonly parts: number
  /** In the order in which the run planned them; then what it pruned. */
  readonly tasks: readonly PastTask[]
  readonly halted?: string
  readonly interrupted?: string
  /** It was putting tasks back, or had done so. */
  readonly reverting: boolean
  /** Absent: it runs, or it was cut short. */
  readonly ended?: Written<Ended>
}

/** What a journal says of one task. */
export interface PastTask {
  readonly task: string
  readonly host?: string
  readonly region?: string
  /** `unknown`: a change was noted and no outcome; `waiting`: the run had not come to it. */
  readonly state: OutcomeKind | "unknown" | "waiting"
  /** The last step: `prepare`, `activate`. */
  readonly step?: string
  readonly op?: string
  readonly said?: string
  /** When the last record of it was written. */
  readonly time?: string
}

/** Reads a run out of its records. Throws when they do not begin as a run does. */
export function pastRun(lines: readonly Written<RunRecordLine>[]): PastRun {
  const first = lines[0]
  if (first?.kind !== "began") throw new Error("record 1 is no beginning of a run")
  const taken = lines.filter(line => line.kind === "resumed")
  const part = lines.slice(lines.findLastIndex(line => line.kind === "began" || line.kind === "resumed"))
  const ended = part.find(line => line.kind === "ended")
  const halted = part.findLast(line => line.kind === "halted")
  const interrupted = part.findLast(line => line.kind === "interrupted")
  return {
    began: first,
    actor: taken.at(-1) ?? first,
    parts: 1 + taken.length,
    tasks: tasksOf(first.tasks, lines),
    ...(halted ? { halted: halted.why } : {}),
    ...(interrupted ? { interrupted: interrupted.by } : {}),
    reverting: lines.some(line => line.kind === "reverting"),
    ...(ended ? { ended } : {}),
  }
}

/** Whether something is left that a resumed run would do. */
export function isUnfinished({ ended, reverting }: PastRun): boolean {
  return ended === undefined || (ended.left > 0 && !reverting)
}

/** What the run had done to each task that it came to, for whoever goes on with it. */
export function priorsOf(lines: readonly Written<RunRecordLine>[]): ReadonlyMap<string, Prior> {
  const priors = new Map<string, Prior>()
  for (const line of lines) {
    if ((line.kind !== "change" && line.kind !== "outcome") || line.step === "prepare") continue
    const { task } = line
    const prior = priors.get(task) ?? { kind: "undone", attempt: 1 }
    priors.set(task, line.kind === "change" ? opened(prior, line.step, line.before) : closed(prior, line))
  }
  return priors
}

/** What was read before the first change that is still open holds: a later look may have seen that change's own doing. */
function opened(prior: Prior, step: string, before: readonly Seen[]): Prior {
  return prior.kind === "open" ? prior : { kind: "open", attempt: prior.attempt, step, before }
}

function closed(prior: Prior, line: RunRecordLine & { readonly kind: "outcome" }): Prior {
  switch (line.outcome) {
    case "changed":
    case "unchanged":
      return { kind: "done", attempt: prior.attempt + (prior.kind === "open" ? 1 : 0) }
    case "failed":
      return { kind: "undone", attempt: prior.attempt + (prior.kind === "open" ? 1 : 0) }
    case "unreachable":
      return line.unknown || prior.kind !== "open" ? prior : { kind: "undone", attempt: prior.attempt }
    case "skipped":
      return prior
  }
}

function tasksOf(planned: readonly string[], lines: readonly Written<RunRecordLine>[]): readonly PastTask[] {
  const tasks = new Map<string, PastTask>(planned.map(task => [task, { task, state: "waiting" }]))
  for (const line of lines) {
    if (line.kind !== "change" && line.kind !== "outcome") continue
    const { task, host, region, time } = line
    const last = tasks.get(task)
    const at = { task, host, region, time }
    if (line.kind === "change") {
      const op = line.op === undefined ? {} : { op: line.op }
      tasks.set(task, { ...at, state: "unknown", step: line.step, ...op })
    } else if (line.step !== undefined && line.outcome === "changed") {
      // A step on the way to the change is no outcome of the task.
      tasks.set(task, { ...at, state: "waiting", step: line.step, said: line.said })
    } else if (!(line.outcome === "skipped" && last?.state === "unknown")) {
      const { step, op } = last ?? {}
      tasks.set(task, {
        ...at,
        state: line.unknown ? "unknown" : line.outcome,
        ...(step === undefined ? {} : { step }),
        ...(op === undefined ? {} : { op }),
        said: line.said,
      })
    }
  }
  return [...tasks.values()]
}
