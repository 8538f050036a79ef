import { readdir } from "node:fs/promises"
import { readLog } from "../disk/chained-log.js"
import { holderOf } from "../disk/owned-file.js"
import { broken, readHistory } from "./history.js"
import { type PastRun, pastRun } from "./past-run.js"
import { type Places, runFile, runSign } from "./places.js"
import type { RunRecordLine, Written } from "./record.js"

/**
 * The ids of all runs that have a journal here, oldest first. An id holds the time after the letter of its verb, to the second;
 * of the same second the history tells which came first.
 */
export async function runIds(places: Places): Promise<readonly string[]> {
  const { operations } = places
  const names = await readdir(operations).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw error
  })
  // Where it is damaged, the rest must still be found.
  const lines = await readHistory(places).catch(() => [])
  const order = new Map(
    lines.filter(({ kind }) => kind === "began").map(({ operation }, n) => [operation, n]),
  )
  const place = (id: string): number => order.get(id) ?? lines.length
  return names
    .filter(name => name.endsWith(".jsonl"))
    .map(name => name.slice(0, -".jsonl".length))
    .sort((a, b) => (secondOf(a) === secondOf(b) ? place(a) - place(b) : secondOf(a) < secondOf(b) ? -1 : 1))
}

/** `20261122-101500` of `d-20261122-101500-x7f2`. */
function secondOf(id: string): string {
  return id.slice(2, -5)
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
