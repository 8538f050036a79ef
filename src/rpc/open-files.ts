import { readFileSync } from "node:fs"

// For the files of this process that are no calls: its own, the journal, look-ups.
const OTHER_FILES = 100

/** How many connections this process may have at once, so that its other files find room. */
export function roomForConnections(openFiles: number | undefined = softFileLimit()): number {
  return Math.max(1, (openFiles ?? Number.POSITIVE_INFINITY) - OTHER_FILES)
}

/** How many files this process may have open; undefined where that is not told. */
function softFileLimit(): number | undefined {
  try {
    return softLimitIn(readFileSync("/proc/self/limits", "utf8"))
  } catch {
    return undefined
  }
}

/** The soft limit of open files in the text of /proc/PID/limits; undefined when there is none. */
export function softLimitIn(text: string): number | undefined {
  const soft = /^Max open files +(\d+) /m.exec(text)?.[1]
  return soft === undefined ? undefined : Number(soft)
}
