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
