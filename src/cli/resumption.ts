import { verifyLog } from "../disk/chained-log.js"
import { isUnfinished, pastRun, priorsOf } from "../journal/past-run.js"
import { type Places, runFile } from "../journal/places.js"
import type { Began } from "../journal/record.js"
import { knownRun, readRun, runIds } from "../journal/runs.js"
import { MinosError } from "../model/error.js"
import type { Resumed } from "../plan/resume.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { fileDigest } from "./file-digest.js"

/** A run that is gone on with. */
export interface Resumption extends Resumed {
  readonly began: Began
  /** The hash of the last record, by which it shows whether another process went on with it meanwhile. */
  readonly head: string
  /** Something is left to do. */
  readonly isUnfinished: boolean
}

/**
 * The newest run that is not finished, or undefined; not one after which another run changed the same cluster, for what it
 * left may have been done since. A run whose journal cannot be read is an error, and not passed over.
 */
export async function newestUnfinished(places: Places): Promise<string | undefined> {
  const overtaken = new Set<string>()
  for (const id of [...(await runIds(places))].reverse()) {
    if ((await readRun(places, id)).length === 0) continue
    const run = await knownRun(places, id)
    const where = `${run.began.service}/${run.began.cluster}`
    if (isUnfinished(run) && !overtaken.has(where)) return id
    // One that was refused, whatever its exit code, noted no step and changed nothing.
    if (run.tasks.some(task => task.step !== undefined)) overtaken.add(where)
  }
  return undefined
}

/**
 * What is needed to go on with a run. Refuses while its process lives, when the cluster file is another one now, and when it
 * was putting tasks back: what it then would go on with is not what was asked for.
 */
export async function resumption(places: Places, operation: string): Promise<Resumption> {
  const verdict = await verifyLog(runFile(places, operation))
  if (!verdict.ok)
    throw refused("JOURNAL_BROKEN", `the journal of ${operation} was changed at record ${verdict.seq}`, [
      "minos status shows what is so; begin anew",
    ])
  const run = await knownRun(places, operation)
  const { began, actor } = run
  if (run.isRunning)
    throw refused("STILL_RUNNING", `${operation} is still running: process ${actor.pid} on ${actor.from}`, [
      "wait for it, or end that process",
    ])
  if (run.reverting && !run.ended)
    throw refused("WAS_REVERTING", `${operation} was cut short while it put tasks back`, [
      `minos show ${operation} says which; minos deploy or minos rollback brings them where they belong`,
    ])
  await sameFile(began)
  const lines = await readRun(places, operation)
  const past = pastRun(lines)
  return {
    began,
    part: past.parts + 1,
    prior: priorsOf(lines),
    targets: began.targets,
    head: lines.at(-1)?.hash ?? "",
    isUnfinished: isUnfinished(past),
  }
}

/** Goes to the folder that a run was started in: what was given then may be relative to it. */
export function goTo({ cwd, operation }: Began): void {
  try {
    process.chdir(cwd)
  } catch {
    throw refused("NO_FOLDER", `${operation} was started in ${cwd}, and that folder is gone`, [
      "make it again",
    ])
  }
}

/** Throws unless the package of a run is the one it had. */
export function checkPackage({ began }: Resumption, sha256: string): void {
  if (began.package !== undefined && began.package !== sha256)
    throw refused("OTHER_PACKAGE", `the package is another one than when ${began.operation} began`, [
      "put the former package back, or begin anew: minos deploy",
    ])
}

/**
 * Throws unless each task would get the release that the run chose for it. `targets` is what it would get now: a secret or a
 * variable that the cluster file names makes another release of the same file.
 */
export function checkTargets(
  { began, targets: chosen }: Pick<Resumption, "began" | "targets">,
  targets: Readonly<Record<string, string>>,
): void {
  const other = Object.keys(targets).filter(
    task => chosen[task] !== undefined && chosen[task] !== targets[task],
  )
  if (other.length === 0) return
  const which = `${other.slice(0, 3).join(", ")}${other.length > 3 ? `, and ${other.length - 3} more` : ""}`
  throw refused(
    "OTHER_RELEASE",
    `${which} would get another release than when ${began.operation} began: a secret or a variable that the cluster file names has changed`,
    [`put the former values back, or begin anew: minos ${began.verb}`],
  )
}

async function sameFile({ operation, file, files = [file], fileDigest: wanted, verb }: Began): Promise<void> {
  const now = await fileDigest(files).catch(() => undefined)
  if (now === wanted) return
  const what = now === undefined ? "cannot be read" : `is another one than when ${operation} began`
  const which = files.length === 1 ? "" : ", or one of the files that it names,"
  throw refused("OTHER_CLUSTER_FILE", `the cluster file ${file}${which} ${what}`, [
    `put the former file back, or begin anew: minos ${verb}`,
  ])
}

function refused(code: string, message: string, [hint]: readonly [string]): MinosError {
  return new MinosError(code, `${message}; nothing was touched`, {
    hint,
    exitCode: EXIT_CODES.precondition.code,
  })
}

/** How many tasks the run had done, and how many it may have changed, for the question. */
export function countPriors(
  { tasks }: Began,
  prior: Resumption["prior"],
): { readonly planned: number; readonly done: number; readonly unknown: number } {
  const count = (kind: "done" | "open"): number => tasks.filter(task => prior.get(task)?.kind === kind).length
  return { planned: tasks.length, done: count("done"), unknown: count("open") }
}
