import { hostname } from "node:os"
import type { Cluster, Host, Task } from "../model/cluster.js"
import type { Holder } from "../model/lease.js"
import type { LockEffects } from "../run/lock-effects.js"
import { readLocks } from "../run/locks.js"
import { lockPath, seenFile } from "./lock-file.js"
import { stateFolder } from "./state-folder.js"

/** A run locks every host, so that a few tell as much as all of them. */
const ASKED = 3

/**
 * The runs that hold a cluster, as a few of the tasks' hosts and the lock file of this machine know them: mostly none or one. Whatever
 * cannot be asked says nothing.
 */
export async function runsAtWork(
  cluster: Cluster,
  tasks: readonly Task[],
  effects: Pick<LockEffects, "leases" | "limits">,
  signal: AbortSignal,
): Promise<readonly Holder[]> {
  const path = lockPath(stateFolder(process.env), cluster.service, cluster.cluster)
  const [locks, file] = await Promise.all([
    readLocks(hostsToAsk(tasks), cluster, effects, signal),
    seenFile(path, hostname()).catch(() => undefined),
  ])
  const holders = new Map<string, Holder>()
  if (file !== undefined && file.owner !== "dead") holders.set(file.run, file)
  for (const lock of locks) if (lock.kind === "held") holders.set(lock.lease.run, lock.lease)
  return [...holders.values()].map(({ run, who, from, command, since }) => ({
    run,
    who,
    from,
    command,
    since,
  }))
}

/** Of hosts that must have an agent first: stock supervisord knows nothing of a lock. */
export function hostsToAsk(tasks: readonly Task[]): readonly Host[] {
  const withAgent = tasks.filter(task => task.job.kind === "deployed")
  return [...new Set([...withAgent, ...tasks].map(task => task.host))].slice(0, ASKED)
}
