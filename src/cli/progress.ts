import type { Outcome } from "../model/outcome.js"
import type { ProgressEvent } from "../model/progress-event.js"
import { ofTask } from "../report/by-task.js"
import { causeOf } from "../report/gather.js"
import { beginProgress, type ProgressState, progressAfter, tenthsDone } from "../report/progress.js"
import { failureLines, isBad } from "../report/progress-failures.js"
import {
  detailLines,
  heartbeatLine,
  liveLine,
  MOST_DETAILS,
  tenthLine,
  waveLine,
} from "../report/progress-text.js"
import { createCollector } from "./collector.js"
import type { Screen } from "./screen.js"
import { plainScreen } from "./screen-plain.js"
import type { Terminal } from "./terminal.js"

/** What the operator sees of a run while it goes on, on stderr. */
export interface Progress {
  event(event: ProgressEvent): void
  /** A line that stays. */
  line(text: string): void
  /** Asks the operator something: nothing else is written meanwhile. */
  aside<T>(work: () => Promise<T>): Promise<T>
  /** Only what stays is left. */
  stop(): void
}

export interface ProgressOptions {
  /** `restart hello/demo` */
  readonly title: string
  /** False where nothing is changed: then what is changed has no line. */
  readonly changes: boolean
}

/** Equal failures within this time are one line. */
const COLLECT = 500
/** Up to so many tasks each change has its line where nothing moves; beyond, each tenth of the run has one. */
const FEW_TASKS = 20

/** A live line with details where someone looks at it, else lines that stay. */
export async function createProgress(
  { err }: Terminal,
  { title, changes }: ProgressOptions,
): Promise<Progress> {
  const now = (): number => performance.now()
  const { palette } = err
  const moves = err.live
  let known = beginProgress(title, now())
  let said: { readonly event: ProgressEvent; readonly at: number } | undefined
  // Thousands of things may be said between two looks at the screen, and the last of them counts.
  const state = (): ProgressState => {
    if (said) known = progressAfter(known, said.event, said.at)
    said = undefined
    return known
  }
  let told = 0

  const screen: Screen = moves
    ? (await import("./screen-live.js")).liveScreen(err, (width, rows) => [
        liveLine(state(), now(), width, palette),
        ...detailLines(state(), now(), width, Math.min(MOST_DETAILS, Math.max(0, rows - 1))).map(text =>
          palette.dim(text),
        ),
      ])
    : plainScreen(err, () => heartbeatLine(state(), now()))

  const isLarge = (): boolean => state().planned > FEW_TASKS
  // The line of a tenth waits with the failures, or each would part equal ones.
  const tenths = (): readonly string[] => {
    if (moves || !isLarge() || tenthsDone(state()) <= told) return []
    told = tenthsDone(state())
    return [tenthLine(state(), now())]
  }
  const outcomes = createCollector<Outcome>(COLLECT, items =>
    screen.print([...failureLines(items.filter(isBad)).map(text => palette.bad(text)), ...tenths()]),
  )
  const line = (text: string): void => {
    outcomes.flush()
    screen.print([text])
  }
  const settled = (outcome: Outcome, before: Outcome | undefined): void => {
    const isNews = before === undefined || causeOf(before) !== causeOf(outcome)
    if ((isBad(outcome) && isNews) || (!moves && isLarge() && tenthsDone(state()) > told))
      outcomes.add(outcome)
    if (!moves && changes && !isLarge() && outcome.kind === "changed")
      screen.print([`changed  ${outcome.region} ${outcome.host} ${outcome.task}  ${outcome.note}`])
  }
  const stop = (): void => {
    process.off("exit", stop)
    outcomes.flush()
    screen.close()
  }
  // At the third Ctrl-C and when minos crashes: the cursor comes back, and no failure stays untold.
  process.on("exit", stop)
  return {
    event: event => {
      if (event.kind === "say") {
        said = { event, at: now() }
        return
      }
      const earlier = state()
      known = progressAfter(earlier, event, now())
      if (event.kind === "outcome") settled(event.outcome, ofTask(earlier.settled, event.outcome.task))
      if (event.kind === "wave" && !moves) line(waveLine(state()))
    },
    line,
    aside: work => {
      outcomes.flush()
      return screen.aside(work)
    },
    stop,
  }
}
