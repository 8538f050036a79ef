import { processMark } from "../disk/process-alive.js"
import type { Host } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import type { LeaseRequest } from "../model/lease.js"
import { EXIT_CODES } from "../report/exit-codes.js"
import { firstReason } from "../run/first-reason.js"
import { type Asked, type HeldLeases, type Taken, takeLeases } from "../run/lock.js"
import type { LockEffects } from "../run/lock-effects.js"
import { readLockFile, releaseLockFile, takeLockFile } from "./lock-file.js"

/** All that keeps other runs out: the lock file on this machine, and the leases on the hosts. */
export interface RunLock {
  readonly leases: HeldLeases
  /** Renews until the signal fires; ends early with the reason when the lock is lost. */
  keep(signal: AbortSignal): Promise<string | undefined>
  /** Gives all of it back, within so many milliseconds and whether or not hosts answer. `keep` must have ended. */
  release(milliseconds: number): Promise<void>
}

/**
 * Takes the lock file first, because it costs nothing, and then the leases. On a refusal nothing is kept.
 */
export async function takeRunLock(
  path: string,
  hosts: readonly Host[],
  request: LeaseRequest,
  effects: LockEffects,
  signal: AbortSignal,
  asked?: Asked,
): Promise<Taken<RunLock>> {
  const { service: _service, cluster: _cluster, ...holder } = request
  const mine = { ...holder, ...processMark() }
  const file = await takeLockFile(path, mine).catch(error => {
    throw cannotLock(path, error)
  })
  if (file.kind === "refused")
    return { kind: "refused", refusal: { holder: file.owner, where: "this machine", said: path } }
  // What is left behind by a failure here is that of a dead process soon.
  const giveBack = (): Promise<unknown> => releaseLockFile(path, request.run).catch(() => false)
  try {
    const taken = await takeLeases(hosts, request, effects, signal, asked)
    if (taken.kind === "held") return { kind: "held", lock: runLock(path, taken.lock, request, effects) }
    await giveBack()
    return taken
  } catch (error) {
    await giveBack()
    throw error
  }
}

function runLock(path: string, leases: HeldLeases, request: LeaseRequest, effects: LockEffects): RunLock {
  return {
    leases,
    keep: signal => firstReason([leases.keep, ended => watchFile(path, request.run, effects, ended)], signal),
    release: async milliseconds => {
      await leases.release(AbortSignal.timeout(milliseconds))
      await releaseLockFile(path, request.run).catch(() => false)
    },
  }
}

/** Looks whether the lock file is still there, until the signal fires or it is not: then the reason. */
async function watchFile(
  path: string,
  run: string,
  { clock, renewEvery }: LockEffects,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    await clock.sleep(renewEvery, signal)
    if (signal.aborted) return undefined
    const found = await readLockFile(path).catch(() => "unreadable" as const)
    // A disk that cannot be read for a moment is no sign of another run.
    if (found === "unreadable" || (found !== undefined && found !== "damaged" && found.run === run)) continue
    return `its lock file was removed: ${path}`
  }
}

function cannotLock(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === undefined) return error
  return new MinosError("CANNOT_LOCK", `the lock file ${path} cannot be made: ${error.code}`, {
    hint: "MINOS_STATE_DIR names a folder that minos may write to",
    exitCode: EXIT_CODES.precondition.code,
  })
}
