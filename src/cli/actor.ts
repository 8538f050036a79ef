import { hostname, userInfo } from "node:os"
import { processMark } from "../disk/process-alive.js"
import type { Actor } from "../journal/record.js"

/** Who runs this process, for the journal. */
export function actor(): Actor {
  return { who: userName(), from: hostname(), ...processMark() }
}

/** The operator's user name; the number where the system has no name for it, as in some containers. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? "?")
  }
}
