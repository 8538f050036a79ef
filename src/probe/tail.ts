import { oneLine } from "../model/visible.js"

/** The last lines of what several streams write, in the order in which the lines were ended. */
export interface Tail {
  /** A new stream: what it writes goes into the function given. */
  stream(): (chunk: Buffer) => void
  /** Oldest first, safe to print; a last line without its end counts as one. */
  lines(): readonly string[]
}

const LINES = 20
const MAX_BYTES = 64 * 1024
/** Characters kept of a line, so that all lines together stay below the limit whatever is written. */
const MAX_LINE = Math.floor(MAX_BYTES / LINES)

/** Keeps 20 lines and 64 KiB, however much is written. */
export function createTail(): Tail {
  const whole: string[] = []
  const begun: { text: string }[] = []
  return {
    stream() {
      const decoder = new TextDecoder()
      const line = { text: "" }
      begun.push(line)
      return chunk => {
        const parts = (line.text + decoder.decode(chunk, { stream: true })).split(/\r?\n/)
        line.text = (parts.pop() ?? "").slice(0, MAX_LINE)
        whole.push(...parts.slice(-LINES).map(part => part.slice(0, MAX_LINE)))
        whole.splice(0, whole.length - LINES)
      }
    },
    lines: () =>
      [...whole, ...begun.map(({ text }) => text).filter(text => text !== "")].slice(-LINES).map(oneLine),
  }
}
