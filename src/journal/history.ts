import { openLog, readLog } from "../disk/chained-log.js"
import { hold } from "../disk/owned-file.js"
import { JournalError } from "./error.js"
import type { Places } from "./places.js"
import type { HistoryLine, Written } from "./record.js"

// Longer than any append takes; whoever holds it so long is stopped or hangs on a dead disk.
const PATIENCE = 10_000

/** Adds a line to the history that all runs of this user share: one writer at a time, for as long as a line takes. */
export async function appendHistory(places: Places, line: HistoryLine): Promise<void> {
  const held = await hold(`${places.history}.writing`, PATIENCE)
  if (!held.held)
    throw new JournalError(
      "JOURNAL_BUSY",
      `${places.history} has been held for ${PATIENCE / 1_000} s by ${held.owner ? `process ${held.owner.pid} on ${held.owner.from}` : "another"}`,
      `end that process; if there is none, remove ${places.history}.writing`,
    )
  try {
    const log = await openLog(places.history)
    try {
      await log.append({ ...line })
    } finally {
      await log.close()
    }
  } finally {
    await held.release()
  }
}

/** The history, oldest first; without a file there is none. Throws where a line is no record. */
export async function readHistory(places: Places): Promise<readonly Written<HistoryLine>[]> {
  try {
    return (await readLog(places.history)) as unknown as readonly Written<HistoryLine>[]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    throw broken(places.history, error)
  }
}

/** An error of a file that holds something else than records. */
export function broken(file: string, error: unknown): JournalError {
  return new JournalError(
    "JOURNAL_BROKEN",
    `${file} cannot be read: ${(error as Error).message}`,
    "minos audit verify says where it is damaged",
  )
}
