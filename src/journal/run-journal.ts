import { basename } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { type ChainedLog, openLog, type RecordFields } from "../disk/chained-log.js"
import { hold } from "../disk/owned-file.js"
import type { Outcome } from "../model/outcome.js"
import { diskWords, JournalError } from "./error.js"
import { appendHistory } from "./history.js"
import { outcomeLine } from "./outcome-line.js"
import { type Places, runFile, runSign } from "./places.js"
import type { Began, Ended, HistoryLine, RunRecordLine, Taken } from "./record.js"

/** The journal of one run, open for the process that carries it out. */
export interface RunJournal {
  readonly file: string
  /** Writes a record and says why that cannot be done, or undefined; after one failure, nothing more is begun. */
  write(line: RunRecordLine): Promise<string | undefined>
  /** Writes what became of a task, in its turn and without waiting. */
  outcome(outcome: Outcome, step?: string): void
  /** Why a record could not be written, or undefined. */
  trouble(): string | undefined
  /** Writes what is still to be said of the tasks, and the end, here and in the history; gives the hash of the last record. */
  end(outcomes: readonly Outcome[], ended: Ended): Promise<string>
  /** Gives the run away, with its end or, as after a crash, without. May be called twice; what goes wrong is a trouble. */
  close(): Promise<void>
}

/** What the journal needs from around it. */
export interface JournalOptions {
  readonly places: Places
  /** Takes the secrets out of a text; names are not given to it. */
  readonly clean: (text: string) => string
}

/** Begins the journal of a new run. Throws a JournalError when it cannot be written: then the run must not begin. */
export function beginJournal(began: Began, options: JournalOptions): Promise<RunJournal> {
  const { operation, verb, service, cluster, who, from, reason } = began
  const about = { operation, verb, service, cluster, who, from, ...(reason === undefined ? {} : { reason }) }
  return openJournal(operation, "", { kind: "began", ...began }, { kind: "began", ...about }, options)
}

/**
 * Goes on with the journal of a run that was cut short, whose last record had the hash `head` when it was read. Throws a
 * JournalError when another process is at it, or was since.
 */
export function resumeJournal(
  operation: string,
  head: string,
  taken: Taken,
  options: JournalOptions,
): Promise<RunJournal> {
  const { who, from } = taken
  return openJournal(
    operation,
    head,
    { kind: "resumed", ...taken },
    { kind: "resumed", operation, who, from },
    options,
  )
}

async function openJournal(
  operation: string,
  head: string,
  first: RunRecordLine,
  inHistory: HistoryLine,
  options: JournalOptions,
): Promise<RunJournal> {
  const { places } = options
  const file = runFile(places, operation)
  try {
    const sign = await hold(runSign(places, operation))
    if (!sign.held)
      throw new JournalError("JOURNAL_BUSY", `another process is at ${operation}`, "wait until it is done")
    try {
      const log = await openLog(file)
      try {
        if (log.head() !== head) throw goneOn(operation)
        await log.append(cleaned({ ...first }, options.clean))
        await appendHistory(places, cleaned({ ...inHistory }, options.clean))
        return runJournal(operation, log, sign.release, options)
      } catch (error) {
        await log.close()
        throw error
      }
    } catch (error) {
      await sign.release()
      throw error
    }
  } catch (error) {
    if (error instanceof JournalError) throw error
    throw new JournalError(
      "NO_JOURNAL",
      `the journal ${file} cannot be written: ${diskWords(error)}; nothing was touched`,
      "make room there, or name another folder by MINOS_STATE_DIR",
    )
  }
}

function goneOn(operation: string): JournalError {
  const message = `another process has gone on with ${operation} meanwhile; nothing was touched`
  return new JournalError("JOURNAL_BUSY", message, `minos show ${operation} says how far it is`)
}

function runJournal(
  operation: string,
  log: ChainedLog,
  release: () => Promise<void>,
  { places, clean }: JournalOptions,
): RunJournal {
  const file = runFile(places, operation)
  const said = new Map<string, Outcome>()
  let trouble: string | undefined
  let records = 0

  const write = async (line: RunRecordLine): Promise<string | undefined> => {
    // What follows a hole would tell less than nothing.
    if (trouble !== undefined) return trouble
    try {
      records = (await log.append(cleaned({ ...line }, clean))).seq
    } catch (error) {
      trouble ??= `the journal ${basename(file)} cannot be written: ${diskWords(error)}`
    }
    return trouble
  }
  const outcome = (result: Outcome, step?: string): void => {
    if (step === undefined) said.set(result.task, result)
    void write(outcomeLine(result, step))
  }
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    // Nothing hangs on it: the work is done and noted, and a report must come of it all the same.
    closed ??= letGo(log, release).catch(error => {
      trouble ??= `the journal ${basename(file)} cannot be given away: ${diskWords(error)}`
    })
    return closed
  }
  return {
    file,
    write,
    outcome,
    trouble: () => trouble,
    end: async (outcomes, ended) => {
      for (const one of outcomes) if (!isSame(said.get(one.task), one)) outcome(one)
      await write({ kind: "ended", ...ended })
      const head = log.head()
      if (trouble === undefined) {
        const line: HistoryLine = { kind: "ended", operation, records, head, ...ended }
        await appendHistory(places, line).catch(error => {
          trouble = `${basename(places.history)} cannot be written: ${diskWords(error)}`
        })
      }
      await close()
      return head
    },
    close,
  }
}

/** Whether the record would say the same of both. */
function isSame(said: Outcome | undefined, now: Outcome): boolean {
  return said === now || (said !== undefined && isDeepStrictEqual(outcomeLine(said), outcomeLine(now)))
}

async function letGo(log: ChainedLog, release: () => Promise<void>): Promise<void> {
  try {
    await log.close()
  } finally {
    await release()
  }
}

/** What people and programs say. Names are none of it: a record that names no task of the file is of no task. */
const PROSE = new Set(["argv", "reason", "said", "why", "message"])

/** The record with the secrets taken out of what it says. */
function cleaned<T extends RecordFields>(record: T, clean: (text: string) => string): T {
  const one = (value: unknown): unknown => (typeof value === "string" ? clean(value) : value)
  const copy: Record<string, unknown> = { ...record }
  for (const name of PROSE) {
    const value = copy[name]
    if (value !== undefined) copy[name] = Array.isArray(value) ? value.map(one) : one(value)
  }
  return copy as T
}
