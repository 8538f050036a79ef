import type { Screen } from "./screen.js"
import type { Channel } from "./terminal.js"

const HEARTBEAT = 30_000

/** A screen where nothing moves: a pipe, a file, a terminal of 0 columns. A line comes at least each 30 s, by `heartbeat`. */
export function plainScreen(channel: Channel, heartbeat: () => string): Screen {
  const beat = setInterval(() => channel.print([heartbeat()]), HEARTBEAT).unref()
  return {
    print: lines => {
      if (lines.length === 0) return
      channel.print(lines)
      beat.refresh()
    },
    aside: work => work(),
    close: () => clearInterval(beat),
  }
}
