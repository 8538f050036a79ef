import { readdir } from "node:fs/promises"
import { readLog } from "../disk/chained-log.js"
import { holderOf } from "../disk/owned-file.js"
import { broken } from "./history.js"
import { type PastRun, pastRun } from "./past-run.js"
import { type Places, runFile, runSign } from "./places.js"
import type { RunRecordLine, Written } from "./record.js"

/** The ids of all runs that have a journal here, oldest first: an id holds the time after the letter of its verb. */
export async function runIds({ operations }: Places): Promise<readonly string[]> {
  const names = await readdir(operations).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw error
  })
  return names
    .filter(name => name.endsWith(".jsonl"))
    .map(name => name.slice(0, -".jsonl".length))
    .sort((a, b) => (a.slice(1) < b.slice(1) ? -1 : 1))
}

/** The records of a run. Throws a JournalError where they cannot be read. */
export async function readRun(places: Places, operation: string): Promise<readonly Written<RunRecordLine>[]> {
  const file = runFile(places, operation)
  try {
    return (await readLog(file)) as unknown as readonly Written<RunRecordLine>[]
  } catch (error) {
    throw broken(file, error)
  }
}

/** A run by its journal, and whether somebody is at it now. */
export interface KnownRun extends PastRun {
  readonly isRunning: boolean
}

/** Reads a run. Throws a JournalError where its journal cannot be read, or does not begin as one. */
export async function knownRun(places: Places, operation: string): Promise<KnownRun> {
  const lines = await readRun(places, operation)
  try {
    const run = pastRun(lines)
    return { ...run, isRunning: !run.ended && (await holderOf(runSign(places, operation))) !== undefined }
  } catch (error) {
    throw broken(runFile(places, operation), error)
  }
}
