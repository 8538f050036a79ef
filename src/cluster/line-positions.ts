import { LineCounter } from "yaml"
import type { SourceFile } from "./located.js"

/** Line and column of an offset in a text, both from 1. */
export function linePositions(text: string): SourceFile["position"] {
  const lines = new LineCounter()
  for (let start = 0; start !== 0 || lines.lineStarts.length === 0; start = text.indexOf("\n", start) + 1) {
    lines.addNewLine(start)
  }
  return offset => {
    const { line, col } = lines.linePos(offset)
    return { line, col }
  }
}
