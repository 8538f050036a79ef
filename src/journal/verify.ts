import { basename } from "node:path"
import { verifyLog } from "../disk/chained-log.js"
import { MinosError } from "../model/error.js"
import { diskWords } from "./error.js"
import { readHistory } from "./history.js"
import { type Places, runFile } from "./places.js"
import { readRun, runIds } from "./runs.js"

/** Where a journal is not what was written. */
export interface Damage {
  /** `history.jsonl`, or that of a run. */
  readonly file: string
  /** The first record that is wrong; 0 when it is the file as a whole. */
  readonly seq: number
  readonly why: string
}

/** What was checked, and what is wrong. */
export interface Audit {
  readonly runs: number
  readonly records: number
  readonly damages: readonly Damage[]
}

/**
 * Reckons every chain again, and holds each run's file against what the history says it was when the run ended: so records
 * cut off at the end show too. `operation` narrows it to one run and the history.
 */
export async function verifyJournals(places: Places, operation?: string): Promise<Audit> {
  const ids = operation === undefined ? await runIds(places) : [operation]
  const damages: Damage[] = []
  let records = 0
  const chain = async (file: string): Promise<boolean> => {
    const verdict = await verifyLog(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error
      return undefined
    })
    if (verdict?.ok) records += verdict.records
    else if (verdict) damages.push({ file: basename(file), seq: verdict.seq, why: verdict.why })
    return verdict === undefined || verdict.ok
  }
  const heads = (await chain(places.history)) ? await endsInHistory(places) : []
  for (const id of ids) {
    if (!(await chain(runFile(places, id)))) continue
    const own = heads.filter(end => end.operation === id)
    damages.push(...(await compare(places, id, own)))
  }
  const lost = heads.filter(({ operation: id }) => operation === undefined && !ids.includes(id))
  for (const id of new Set(lost.map(end => end.operation)))
    damages.push({ file: `${id}.jsonl`, seq: 0, why: "the history tells of this run, and its file is gone" })
  return { runs: ids.length, records, damages }
}

/** Reckons the chain of one log again. Throws a MinosError when it cannot be read. */
export async function verifyOne(file: string): Promise<Audit> {
  const verdict = await verifyLog(file).catch((error: NodeJS.ErrnoException) => {
    throw new MinosError("NO_LOG", `${file} cannot be read: ${diskWords(error)}`, {
      hint: "name a log, such as the audit.jsonl in the root folder of an agent",
      exitCode: 2,
    })
  })
  if (verdict.ok) return { runs: 0, records: verdict.records, damages: [] }
  return { runs: 0, records: 0, damages: [{ file: basename(file), seq: verdict.seq, why: verdict.why }] }
}

interface End {
  readonly operation: string
  readonly records: number
  readonly head: string
}

async function endsInHistory(places: Places): Promise<readonly End[]> {
  const lines = await readHistory(places)
  return lines.flatMap(line =>
    line.kind === "ended" ? [{ operation: line.operation, records: line.records, head: line.head }] : [],
  )
}

async function compare(places: Places, id: string, ends: readonly End[]): Promise<readonly Damage[]> {
  if (ends.length === 0) return []
  const lines = await readRun(places, id)
  return ends
    .filter(end => lines[end.records - 1]?.hash !== end.head)
    .slice(0, 1)
    .map(end => ({
      file: `${id}.jsonl`,
      seq: Math.min(end.records, lines.length + 1),
      why:
        lines.length < end.records
          ? `the history says that it had ${end.records} records, and there are ${lines.length}`
          : `record ${end.records} is not the one that the history names`,
    }))
}
