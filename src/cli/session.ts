import type { Outcome } from "../model/outcome.js"
import type { ProgressEvent } from "../model/progress-event.js"
import type { Signals } from "../run/effects.js"
import { listen } from "./interrupt.js"
import { createProgress } from "./progress.js"
import type { Terminal } from "./terminal.js"

/** A stretch of work that talks to hosts: it can be interrupted and tells how far it is. */
export interface Session {
  readonly signals: Signals
  /** How it was interrupted, or undefined. */
  interruptedBy(): "interrupted" | "terminated" | undefined
  /** Something has happened: it is counted, and shown. */
  event(event: ProgressEvent): void
  /** What happens now, on the live line. */
  say(text: string): void
  /** An outcome has come: failures stay on the screen. */
  follow(outcome: Outcome): void
  /** A line that stays: why a run halted. */
  line(text: string): void
  /** Asks the operator something in the middle of it: the live line is away meanwhile. */
  aside<T>(ask: () => Promise<T>): Promise<T>
  /** Seconds since it began. */
  seconds(): number
}

/** What a session is for. */
export interface SessionOptions {
  /** `restart hello/demo`, before each thing that is said. */
  readonly title: string
  /** Outcomes expected. */
  readonly planned: number
  /** False where nothing is changed, so that nothing need be finished after Ctrl-C. */
  readonly changes: boolean
}

/** Runs `work` in a session and tidies up after it, whatever becomes of it. */
export async function inSession<T>(
  terminal: Terminal,
  { title, planned, changes }: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const progress = await createProgress(terminal, { title, changes })
  const { palette } = terminal.err
  const interrupts = listen({ finish: changes, tell: text => progress.line(palette.warn(text)) })
  const began = performance.now()
  progress.event({ kind: "began", planned, waves: 0 })
  try {
    return await work({
      signals: interrupts.signals,
      interruptedBy: interrupts.by,
      event: progress.event,
      say: text => progress.event({ kind: "say", text }),
      follow: outcome => progress.event({ kind: "outcome", outcome }),
      line: progress.line,
      aside: progress.aside,
      seconds: () => (performance.now() - began) / 1_000,
    })
  } finally {
    progress.stop()
    interrupts.dispose()
  }
}
