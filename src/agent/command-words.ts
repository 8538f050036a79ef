import { printable } from "../model/visible.js"
import type { CommandResult } from "../probe/command.js"

/** Lines of output in a message, besides the last one; more would not fit into it. */
const LINES_BEFORE = 4

/** How a command failed, with its last words: `exit status 3: "the pool is full", after "asking the pool" "waiting"`. */
export function commandWords({ said, output }: CommandResult): string {
  const before = output.filter(line => line.trim() !== "").slice(-LINES_BEFORE - 1, -1)
  return before.length === 0
    ? said
    : `${said}, after ${before.map(line => `"${printable(line.trim())}"`).join(" ")}`
}
