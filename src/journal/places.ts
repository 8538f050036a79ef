import { stat } from "node:fs/promises"
import { join } from "node:path"
import { makeFolder } from "../disk/durable.js"
import { diskWords, JournalError } from "./error.js"

/** Where the journals lie in a state folder. */
export interface Places {
  readonly folder: string
  /** A file a run: `RUN.jsonl`. */
  readonly operations: string
  /** `began` and `ended` of every run. */
  readonly history: string
}

/** The places in a state folder, made or not. */
export function placesIn(folder: string): Places {
  return { folder, operations: join(folder, "operations"), history: join(folder, "history.jsonl") }
}

/** The journal of one run. */
export function runFile({ operations }: Places, operation: string): string {
  return join(operations, `${operation}.jsonl`)
}

/** Held by the process that carries out a run, as long as it does. */
export function runSign(places: Places, operation: string): string {
  return `${runFile(places, operation)}.running`
}

/** Makes the state folder, for this user alone. Throws a JournalError when it cannot be made, or others may write to it. */
export async function makePlaces(folder: string): Promise<Places> {
  const places = placesIn(folder)
  try {
    await makeFolder(folder, 0o700)
    await checkFolder(folder)
    await makeFolder(places.operations, 0o700)
  } catch (error) {
    if (error instanceof JournalError) throw error
    throw new JournalError(
      "NO_JOURNAL",
      `the journal cannot be kept in ${folder}: ${diskWords(error)}`,
      "make room there, or name another folder by MINOS_STATE_DIR",
    )
  }
  return places
}

/** Throws a JournalError when others may change what the folder says; one that does not exist is fine. */
export async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (!found) return
  if ((found.mode & 0o022) !== 0)
    throw new JournalError(
      "UNSAFE_STATE_FOLDER",
      `others may write to ${folder}, so nothing in it can be believed`,
      `chmod 700 ${folder}, after a look at who wrote there`,
    )
  const own = process.getuid?.()
  if (own !== undefined && own !== 0 && found.uid !== own)
    throw new JournalError(
      "UNSAFE_STATE_FOLDER",
      `${folder} belongs to another user`,
      "name a folder of your own by MINOS_STATE_DIR",
    )
}
