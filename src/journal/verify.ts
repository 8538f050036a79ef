import { basename } from "node:path"
import { verifyLog } from "../disk/chained-log.js"
import { MinosError } from "../model/error.js"
import { diskWords } from "./error.js"
import { readHistory } from "./history.js"
import { type Places, runFile } from "./places.js"
import type { HistoryLine, RunRecordLine, Written } from "./record.js"
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
 * Reckons every chain again, and holds the runs against what the history says of them: that there is such a run, and how its
 * file ended. So records cut off at the end show too, and files that are gone. `operation` narrows it to one run and the
 * history.
 */
export async function verifyJournals(places: Places, operation?: string): Promise<Audit> {
  // Before the runs' files: a run has its file before its line here, so one that begins meanwhile is not missed.
  const history = await chainOf(places.history)
  const told = history.state === "whole" ? await readHistory(places) : []
  const ids = operation === undefined ? await runIds(places) : [operation]
  const chains = [history]
  const untold: string[] = []
  const lost = new Set(
    told.map(line => line.operation).filter(id => operation === undefined && !ids.includes(id)),
  )
  for (const id of ids) {
    const chain = await chainOf(runFile(places, id))
    chains.push(chain)
    if (chain.state === "gone" && tellsOf(told, id)) lost.add(id)
    if (chain.state !== "whole") continue
    const lines = await readRun(places, id)
    chains.push({ ...chain, records: 0, damages: compare(id, lines, endsOf(told, id)) })
    if (hasGoneOn(lines) && !tellsOf(told, id)) untold.push(id)
  }
  const damages = [
    ...chains.flatMap(chain => chain.damages),
    ...[...lost].map(lostRun),
    ...(await untoldRuns(places, history.state, untold)),
  ]
  return { runs: ids.length, records: chains.reduce((sum, chain) => sum + chain.records, 0), damages }
}

interface Chain {
  readonly state: "whole" | "damaged" | "gone"
  readonly records: number
  readonly damages: readonly Damage[]
}

async function chainOf(file: string): Promise<Chain> {
  const verdict = await verifyLog(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error
    return undefined
  })
  if (!verdict) return { state: "gone", records: 0, damages: [] }
  if (verdict.ok) return { state: "whole", records: verdict.records, damages: [] }
  return {
    state: "damaged",
    records: 0,
    damages: [{ file: basename(file), seq: verdict.seq, why: verdict.why }],
  }
}

function tellsOf(told: readonly HistoryLine[], id: string): boolean {
  return told.some(line => line.operation === id)
}

function lostRun(id: string): Damage {
  return { file: `${id}.jsonl`, seq: 0, why: "the history tells of this run, and its file is gone" }
}

/** Runs of which the history does not tell, though it did once. */
async function untoldRuns(
  places: Places,
  history: Chain["state"],
  untold: readonly string[],
): Promise<readonly Damage[]> {
  if (history === "damaged" || untold.length === 0) return []
  // Those that began after the history was read stand in it by now.
  const told = await readHistory(places)
  const unknown = untold.filter(id => !tellsOf(told, id))
  if (unknown.length === 0) return []
  if (told.length === 0 && history === "gone")
    return [{ file: basename(places.history), seq: 0, why: "it is gone, and there are runs" }]
  return unknown.map(id => ({ file: `${id}.jsonl`, seq: 0, why: "the history does not tell of this run" }))
}

/** A run goes on only when the history has its beginning; one that was cut short before that is in order. */
function hasGoneOn(lines: readonly Written<RunRecordLine>[]): boolean {
  return lines.some(line => line.kind !== "began" && line.kind !== "resumed")
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

type End = Pick<HistoryLine & { readonly kind: "ended" }, "records" | "head">

function endsOf(told: readonly Written<HistoryLine>[], id: string): readonly End[] {
  return told.flatMap(line => (line.kind === "ended" && line.operation === id ? [line] : []))
}

function compare(
  id: string,
  lines: readonly Written<RunRecordLine>[],
  ends: readonly End[],
): readonly Damage[] {
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
