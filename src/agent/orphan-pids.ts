import { setTimeout as sleep } from "node:timers/promises"
import { programName, type TaskKey } from "../model/deployment.js"
import type { ProcessInfo } from "../model/process.js"
import type { Backend } from "./backend.js"
import { isOrphan, type Orphans } from "./orphans.js"
import { readProcess } from "./process-identity.js"

// An inspection must not wait for a supervisor that hangs; one that is well answers in a few milliseconds.
const PATIENCE = 2_000

/** The pids of the orphans of these tasks, by program; none where the supervisor does not answer. Asks it once at most. */
export async function orphanPids(
  keys: readonly TaskKey[],
  orphans: Orphans,
  backend: Pick<Backend, "processes">,
): Promise<ReadonlyMap<string, number>> {
  // All of them before the supervisor is asked, or a start in between would look like an orphan.
  const seen = await Promise.all(
    keys.map(async key => ({ name: programName(key), live: await orphans.recorded(key) })),
  )
  if (!seen.some(({ live }) => live)) return new Map()
  const processes = await inTime(backend.processes()).catch(() => undefined)
  if (!processes) return new Map()
  const supervised = new Map(processes.map(({ name, pid }) => [name, pid]))
  const found = await Promise.all(
    seen.map(async ({ name, live }) => {
      const orphaned = live && isOrphan(live, supervised.get(name) ?? 0, await readProcess(live.pid))
      return orphaned ? [[name, live.pid] as const] : []
    }),
  )
  return new Map(found.flat())
}

async function inTime(asked: Promise<readonly ProcessInfo[]>): Promise<readonly ProcessInfo[]> {
  const over = new AbortController()
  const late = sleep(PATIENCE, undefined, { signal: over.signal }).then(() => {
    throw new Error("the supervisor does not answer")
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    over.abort()
    late.catch(() => {})
    asked.catch(() => {})
  }
}
