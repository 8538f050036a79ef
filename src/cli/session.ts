import type { Outcome } from "../model/outcome.js"
import { visible } from "../model/visible.js"
import type { Signals } from "../run/effects.js"
import { listen } from "./interrupt.js"
import { createProgress } from "./progress.js"
import type { Terminal } from "./terminal.js"

/** A stretch of work that talks to hosts: it can be interrupted and tells how far it is. */
export interface Session {
  readonly signals: Signals
  /** How it was interrupted, or undefined. */
  interruptedBy(): "interrupted" | "terminated" | undefined
  /** What happens now, on the live line. */
  say(text: string): void
  /** An outcome has come: failures stay on the screen. */
  follow(outcome: Outcome): void
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
  const progress = createProgress(terminal)
  const { palette } = terminal.err
  const interrupts = listen({ finish: changes, tell: text => progress.line(palette.warn(text)) })
  const began = performance.now()
  let done = 0
  let bad = 0
  progress.update(title)
  try {
    return await work({
      signals: interrupts.signals,
      interruptedBy: interrupts.by,
      say: text => progress.update(`${title}: ${text}`),
      follow: outcome => {
        done++
        const line = outcomeLine(outcome)
        if (outcome.kind === "failed" || outcome.kind === "unreachable") {
          bad++
          progress.line(palette.bad(line))
        } else if (changes && outcome.kind === "changed") progress.line(line)
        progress.update(`${title}: ${done}/${planned}${bad > 0 ? `, ${bad} failed` : ""}`)
      },
      seconds: () => (performance.now() - began) / 1_000,
    })
  } finally {
    progress.stop()
    interrupts.dispose()
  }
}

function outcomeLine(outcome: Outcome): string {
  const where = `${outcome.region} ${outcome.host} ${outcome.task}`
  switch (outcome.kind) {
    case "changed":
    case "unchanged":
      return `${outcome.kind}  ${where}  ${outcome.note}`
    case "failed":
      return `failed  ${where}  ${visible(outcome.evidence.message)}`
    case "unreachable":
      return `unreachable  ${where}  ${visible(outcome.failure.message)}`
    case "skipped":
      return `skipped  ${where}  ${outcome.why}`
  }
}
