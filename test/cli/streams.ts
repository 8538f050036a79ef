import { EventEmitter } from "node:events"
import { clearLine, cursorTo, moveCursor } from "node:readline"
import { createTerminal, type Terminal } from "../../src/cli/terminal.js"

/** A stream that keeps what is written to it. */
export interface KeptStream {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
  /** All that was written. */
  text(): string
}

export function keptStream(columns = 0): KeptStream {
  let written = ""
  return {
    isTTY: columns > 0,
    columns,
    write: text => {
      written += text
    },
    text: () => written,
  }
}

/** A terminal that nobody looks at, and what is written to it. */
export function keptTerminal(): { terminal: Terminal; out: KeptStream; err: KeptStream } {
  const out = keptStream()
  const err = keptStream()
  return { terminal: createTerminal({ stdin: {}, stdout: out, stderr: err }, {}), out, err }
}

/** A terminal that somebody looks at on stderr, whose window can be resized. */
export class LiveStream extends EventEmitter {
  readonly isTTY = true
  rows = 24
  columns: number
  #written = ""

  constructor(columns: number) {
    super()
    this.columns = columns
  }

  write(text: string): boolean {
    this.#written += text
    return true
  }

  text(): string {
    return this.#written
  }

  cursorTo(column: number): boolean {
    return cursorTo(this as unknown as NodeJS.WritableStream, column)
  }

  moveCursor(x: number, y: number): boolean {
    return moveCursor(this as unknown as NodeJS.WritableStream, x, y)
  }

  clearLine(direction: -1 | 0 | 1): boolean {
    return clearLine(this as unknown as NodeJS.WritableStream, direction)
  }

  resize(columns: number): void {
    this.columns = columns
    this.emit("resize")
  }
}

/** A terminal with such a stderr. */
export function liveTerminal(columns: number, color = false): { terminal: Terminal; err: LiveStream } {
  const err = new LiveStream(columns)
  return { terminal: createTerminal({ stdin: {}, stdout: keptStream(), stderr: err }, {}, color), err }
}
