import ora from "ora"
import type { Channel, Terminal } from "./terminal.js"

/** The live line of a run, with permanent lines above it. Without a terminal the lines only. */
export interface Progress {
  /** What happens now. */
  update(text: string): void
  /** A line that stays. */
  line(text: string): void
  stop(): void
}

/** A live line on stderr where someone looks at it, else nothing that moves. */
export function createProgress({ err }: Terminal): Progress {
  return err.live ? liveLine(err) : { update: () => {}, line: text => err.print([text]), stop: () => {} }
}

function liveLine(channel: Channel): Progress {
  // ora would read the terminal's input and hide Ctrl-C; signals are handled elsewhere.
  const spinner = ora({ stream: process.stderr, discardStdin: false, isEnabled: true })
  return {
    update: text => {
      const fitted = text.slice(0, Math.max(1, channel.width - 3))
      if (spinner.isSpinning) spinner.text = fitted
      else spinner.start(fitted)
    },
    line: text => {
      const running = spinner.isSpinning
      if (running) spinner.stop()
      channel.print([text])
      if (running) spinner.start()
    },
    stop: () => {
      spinner.stop()
    },
  }
}
