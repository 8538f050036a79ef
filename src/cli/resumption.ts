import { readFile } from "node:fs/promises"
import { isUnfinished, pastRun, priorsOf } from "../journal/past-run.js"
import type { Places } from "../journal/places.js"
import type { Began } from "../journal/record.js"
import { knownRun, readRun, runIds } from "../journal/runs.js"
import { MinosError } from "../model/error.js"
import { digest } from "../plan/fingerprint.js"
import type { Resumed } from "../plan/resume.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** A run that is gone on with. */
export interface Resumption extends Resumed {
  readonly began: Began
  /** Something is left to do. */
  readonly isUnfinished: boolean
}

/** The newest run that is not finished, or undefined. One whose journal cannot be read is an error, and not passed over. */
export async function newestUnfinished(places: Places): Promise<string | undefined> {
  for (const id of [...(await runIds(places))].reverse()) {
    if ((await readRun(places, id)).length === 0) continue
    if (isUnfinished(await knownRun(places, id))) return id
  }
  return undefined
}

/**
 * What is needed to go on with a run. Refuses while its process lives, when the cluster file is another one now, and when it
 * was putting tasks back: what it then would go on with is not what was asked for.
 */
export async function resumption(places: Places, operation: string): Promise<Resumption> {
  const run = await knownRun(places, operation)
  const { began, actor, parts } = run
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
  return {
    began,
    part: parts + 1,
    prior: priorsOf(lines),
    targets: began.targets,
    isUnfinished: isUnfinished(pastRun(lines)),
  }
}

/** Throws unless the package of a run is the one it had. */
export function checkPackage({ began }: Resumption, sha256: string): void {
  if (began.package !== undefined && began.package !== sha256)
    throw refused("OTHER_PACKAGE", `the package is another one than when ${began.operation} began`, [
      "put the former package back, or begin anew: minos deploy",
    ])
}

async function sameFile({ operation, file, fileDigest, verb }: Began): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => undefined)
  if (text !== undefined && digest(text) === fileDigest) return
  const what = text === undefined ? "cannot be read" : `is another one than when ${operation} began`
  throw refused("OTHER_CLUSTER_FILE", `the cluster file ${file} ${what}`, [
    `put the former file back, or begin anew: minos ${verb}`,
  ])
}

function refused(code: string, message: string, [hint]: readonly [string]): MinosError {
  return new MinosError(code, `${message}; nothing was touched`, {
    hint,
    exitCode: EXIT_CODES.precondition.code,
  })
}
