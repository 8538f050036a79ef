import { JournalError } from "../journal/error.js"
import { type Places, runFile } from "../journal/places.js"
import { type KnownRun, knownRun, readRun, runIds } from "../journal/runs.js"
import type { HistoryReport, RunRow, RunState } from "../report/history.js"
import type { ShowReport } from "../report/show.js"

/** The newest runs, at most `limit` of them, of the cluster of this name where one is given. */
export async function history(
  places: Places,
  { limit, cluster }: { readonly limit: number; readonly cluster: string | undefined },
): Promise<HistoryReport> {
  const runs: RunRow[] = []
  for (const id of [...(await runIds(places))].reverse()) {
    if (runs.length >= limit) break
    const row = await rowOf(places, id)
    if (row && (cluster === undefined || [row.cluster, `${row.service}/${row.cluster}`].includes(cluster)))
      runs.push(row)
  }
  return { schema: 1, command: "history", ok: true, exitCode: 0, folder: places.folder, runs }
}

/** One run in full. Throws a JournalError where its journal cannot be read. */
export async function shown(places: Places, operation: string): Promise<ShowReport> {
  const run = await knownRun(places, operation)
  const { argv, cwd, file } = run.began
  const { exitCode: _exitCode, ...row } = runRow(run)
  return {
    schema: 1,
    command: "show",
    ok: true,
    exitCode: 0,
    ...row,
    ...(run.ended ? { ended: { time: run.ended.time, exitCode: run.ended.exitCode } } : {}),
    argv,
    cwd,
    file,
    journal: runFile(places, operation),
    resumed: run.parts - 1,
    ...(run.halted === undefined ? {} : { halted: run.halted }),
    ...(run.interrupted === undefined ? {} : { interrupted: run.interrupted }),
    tasks: run.tasks,
  }
}

/** Undefined for a run that ended before its first record: nothing was done. */
async function rowOf(places: Places, operation: string): Promise<RunRow | undefined> {
  try {
    if ((await readRun(places, operation)).length === 0) return undefined
    return runRow(await knownRun(places, operation))
  } catch (error) {
    if (!(error instanceof JournalError)) throw error
    const nothing = { began: "", who: "", from: "", verb: "", service: "", cluster: "" }
    return { operation, ...nothing, state: "damaged", why: error.message }
  }
}

function runRow(run: KnownRun): RunRow {
  const { operation, time, who, from, verb, service, cluster, reason } = run.began
  const { ended } = run
  return {
    operation,
    began: time,
    who,
    from,
    verb,
    service,
    cluster,
    state: stateOf(run),
    ...(ended ? { exitCode: ended.exitCode, counts: ended.counts, left: ended.left } : {}),
    ...(reason === undefined ? {} : { reason }),
  }
}

function stateOf({ ended, isRunning }: KnownRun): RunState {
  if (isRunning) return "running"
  return ended ? "ended" : "cut short"
}
