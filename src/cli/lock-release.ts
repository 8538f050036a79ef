import { hostname } from "node:os"
import type { Cluster } from "../model/cluster.js"
import type { HostLock } from "../model/host-lock.js"
import type { Holder } from "../model/lease.js"
import { oneLine } from "../model/visible.js"
import { type ReleaseReport, releaseReport } from "../report/lock-report.js"
import { holderText } from "../report/lock-words.js"
import type { FanOut } from "../run/fan-out.js"
import { breakLocks } from "../run/locks.js"
import { confirm } from "./confirm.js"
import { operatorName } from "./holder.js"
import type { FoundLock } from "./lock-command.js"
import { realLockEffects } from "./lock-effects.js"
import { releaseLockFile, removeDead } from "./lock-file.js"
import type { Reach } from "./reach.js"
import type { Terminal } from "./terminal.js"

/** What of a lock is to be released. */
export interface Releasable extends FoundLock {
  readonly leases: readonly Extract<HostLock, { kind: "held" }>[]
  /** The run that lives on this machine, whose leases and file stay. */
  readonly kept: Holder | undefined
}

/** What may be released: all, but without `force` nothing of a run whose process lives here, or on a machine that shares the folder. */
export function toRelease(found: FoundLock, force: boolean): Releasable {
  const { file } = found
  const kept = file === undefined || file.owner === "dead" || force ? undefined : file
  const leases = found.hosts
    .filter(lock => lock.kind === "held")
    .filter(({ lease }) => lease.run !== kept?.run)
  return { ...found, leases, kept }
}

/** Asks before it is done, where there is something to do. In production the cluster's name must be typed. */
export async function askRelease(
  cluster: Cluster,
  { leases, file, kept }: Releasable,
  { yes = false, confirm: name }: { readonly yes?: boolean; readonly confirm?: string | undefined },
  terminal: Terminal,
): Promise<void> {
  const holders = new Map<string, Holder>(leases.map(({ lease }) => [lease.run, lease]))
  if (file !== undefined && kept === undefined) holders.set(file.run, file)
  if (holders.size === 0) return
  const typed = cluster.production || name !== undefined ? cluster.cluster : undefined
  const whose = [...holders.values()].map(holderText).join("; ")
  await confirm(
    `release the lock of ${cluster.service}/${cluster.cluster}, held by ${whose}?`,
    { yes, name, typed },
    terminal,
  )
}

/** Takes leases and lock file away. Hosts that do not answer keep theirs until it lapses. */
export async function releaseLock(
  cluster: Cluster,
  { hosts, path, file, leases, kept }: Releasable,
  reason: string,
  limits: FanOut,
  reach: Reach,
): Promise<ReleaseReport> {
  const { service, cluster: name } = cluster
  const here = hostname()
  const words = oneLine(reason).slice(0, LONGEST_REASON).trim()
  const about = { service, cluster: name, reason: words, who: `${operatorName(process.env)} from ${here}` }
  // The calls have deadlines of their own; half a release is worse than a late one.
  const whole = new AbortController().signal
  const broken = await breakLocks(leases, about, realLockEffects(limits, reach), whole)
  const removed =
    kept === undefined &&
    (file === undefined || file.owner === "dead"
      ? await removeDead(path, here)
      : await releaseLockFile(path, file.run))
  return releaseReport(cluster, broken, hosts, {
    reason: words,
    removedFile: removed ? (file?.run ?? "nobody") : undefined,
    kept,
  })
}

const LONGEST_REASON = 500
