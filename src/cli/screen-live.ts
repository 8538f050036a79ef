import { clearLine, moveCursor } from "node:readline"
import ora from "ora"
import { cut } from "../report/cut.js"
import { textWidth } from "../report/text-width.js"
import type { Screen } from "./screen.js"
import type { Channel } from "./terminal.js"

/** What moves at the bottom of the screen, for this many columns and at most this many lines. */
export type Draw = (width: number, rows: number) => readonly string[]

/** Redrawn 10 times a second. */
const INTERVAL = 100
/** The spinner's sign and the gap behind it. */
const MARGIN = 3

/**
 * A screen whose last lines are drawn over: the spinner's sign before the first. What is written to the process's streams meanwhile
 * goes above them, because ora watches these.
 */
export function liveScreen(channel: Channel, draw: Draw): Screen {
  // What is live is a TTY stream; the channel knows only as much of it as a pipe has.
  const stream = channel.stream as NodeJS.WriteStream
  let drawn: readonly string[] = []
  let held: string[] | undefined
  let closed = false

  const text = (): string => {
    const width = Math.max(1, channel.width - MARGIN)
    drawn = draw(width, (stream.rows || 24) - 1).map(line => cut(channel.clean(line), width))
    return drawn.map((line, n) => (n === 0 ? line : " ".repeat(MARGIN) + line)).join("\n")
  }
  // ora would read the terminal's input and hide Ctrl-C; its own colour ignores --no-color. As a suffix the text is asked
  // for at each redraw, no sooner.
  const spinner = ora({
    stream,
    discardStdin: false,
    isEnabled: true,
    color: false,
    interval: INTERVAL,
    suffixText: text,
  })
  const show = (): void => {
    // On 0 columns ora would count lines without end.
    if (!closed && held === undefined && channel.live) spinner.start()
  }
  const hide = (): void => {
    spinner.stop()
  }
  const release = (): void => {
    channel.print(held ?? [])
    held = undefined
  }
  const onResize = (): void => {
    const above = spinner.isSpinning && channel.live ? wrapped(drawn, channel.width) : 0
    hide()
    for (let row = 0; row < above; row++) {
      moveCursor(stream, 0, -1)
      clearLine(stream, 0)
    }
    show()
  }
  stream.on("resize", onResize)
  show()
  return {
    print: lines => {
      if (held) held.push(...lines)
      else channel.print(lines)
    },
    aside: async work => {
      if (held) return work()
      held = []
      hide()
      try {
        return await work()
      } finally {
        release()
        show()
      }
    },
    close: () => {
      stream.off("resize", onResize)
      closed = true
      hide()
      release()
    },
  }
}

/** Rows that lines take in addition, since the terminal wrapped them when it became narrower. */
function wrapped(lines: readonly string[], width: number): number {
  return lines.reduce((rows, line) => rows + Math.ceil((textWidth(line) + MARGIN) / width) - 1, 0)
}
