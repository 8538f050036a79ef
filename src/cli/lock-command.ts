import { hostname } from "node:os"
import type { Cluster } from "../model/cluster.js"
import type { FileLock, HostLock } from "../model/host-lock.js"
import { readLocks } from "../run/locks.js"
import { BaseCommand } from "./base-command.js"
import type { FanOutFlags } from "./fan-out-limits.js"
import { realLockEffects } from "./lock-effects.js"
import { lockPath, seenFile } from "./lock-file.js"
import { stateFolder } from "./state-folder.js"

/** What is known of the lock of a cluster. */
export interface FoundLock {
  /** One for each host, in the order of the file. */
  readonly hosts: readonly HostLock[]
  /** Absolute path of the lock file on this machine, whether or not it is there. */
  readonly path: string
  readonly file: FileLock | undefined
}

/** Commands about the lock of a cluster. */
export abstract class LockCommand extends BaseCommand {
  /** Asks every host of the cluster, and looks at the lock file. */
  protected async findLock(cluster: Cluster, flags: FanOutFlags): Promise<FoundLock> {
    const all = cluster.regions.flatMap(region => region.hosts)
    const hosts = await this.look(`asking ${all.length} hosts`, cluster.tasks, flags, (signals, limits) =>
      readLocks(all, cluster, realLockEffects(limits, this.reach), signals.aborting),
    )
    const path = lockPath(stateFolder(process.env), cluster.service, cluster.cluster)
    return { hosts, path, file: await seenFile(path, hostname()) }
  }
}
