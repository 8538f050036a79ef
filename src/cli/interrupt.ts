import type { Signals } from "../run/effects.js"

const ENDING = ["SIGTERM", "SIGHUP"] as const

/** How an operator interrupts a command, and what that means for it. */
export interface Interrupts {
  readonly signals: Signals
  /** How the command was interrupted, or undefined. */
  by(): "interrupted" | "terminated" | undefined
  /** Gives the signals back to Node. */
  dispose(): void
}

// The report has to be out within five seconds of a SIGTERM; what is given up takes up to one to end.
const TERM_GRACE = 4_000

/**
 * Ctrl-C once: what runs may finish and nothing more is started; twice: what runs is given up; thrice: out at once.
 * SIGTERM is the first, and after four seconds the second; so is SIGHUP, when the terminal goes away. With `finish: false` the first gives up already: there is
 * nothing to finish in a look.
 */
export function listen(options: { finish: boolean; tell: (line: string) => void }): Interrupts {
  const stopping = new AbortController()
  const aborting = new AbortController()
  let by: "interrupted" | "terminated" | undefined
  let isTerminating = false

  const onInterrupt = (): void => {
    by ??= "interrupted"
    if (aborting.signal.aborted) process.exit(130)
    if (stopping.signal.aborted || !options.finish) {
      options.tell("giving up what runs; its outcome will be unknown")
      stopping.abort()
      aborting.abort()
    } else {
      options.tell("finishing what runs, starting no more; press again to give up")
      stopping.abort()
    }
  }
  const onTerminate = (): void => {
    by ??= "terminated"
    if (isTerminating) return
    isTerminating = true
    options.tell("terminated: starting no more")
    stopping.abort()
    if (options.finish) setTimeout(() => aborting.abort(), TERM_GRACE).unref()
    else aborting.abort()
  }
  process.on("SIGINT", onInterrupt)
  for (const signal of ENDING) process.on(signal, onTerminate)
  return {
    signals: { stopping: stopping.signal, aborting: aborting.signal },
    by: () => by,
    dispose: () => {
      process.off("SIGINT", onInterrupt)
      for (const signal of ENDING) process.off(signal, onTerminate)
    },
  }
}
