import { randomBytes } from "node:crypto"
import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { removeTree } from "../disk/remove-tree.js"
import type { TaskKey } from "../model/deployment.js"
import { deploymentFault } from "./faults.js"
import type { Layout } from "./layout.js"
import { exists, isMissing } from "./look.js"
import { removeTaskFolder } from "./task-removal.js"

/** Where the data of a task is on one disk of the host. */
export interface DataFolder {
  /** Counted from 0. */
  readonly disk: number
  /** Absolute path. */
  readonly folder: string
}

/** The disks of a host that the data of tasks is on. */
export interface DataDisks {
  /** At least 1. */
  readonly count: number
  /**
   * Where a task has its data on these disks. Throws PRECONDITION for a disk that the host has not, and when `before`, the
   * folders of its present release, hold data somewhere else or are gone: a task never loses sight of its data.
   */
  find(key: TaskKey, disks: readonly number[], before?: readonly DataFolder[]): Promise<readonly DataFolder[]>
  /** Removes the folders of a task from all disks, but for the one beside its releases. */
  remove(key: TaskKey): Promise<void>
  /** Removes what an earlier process moved aside and did not remove. */
  clean(): Promise<void>
}

const ASIDE = ".minos-removing-"

/**
 * The disks at `dirs`; without any there is one, in the folder of each task. With some, disk 0 of a task is still that folder as
 * long as something is in it.
 */
export function dataDisks(layout: Layout, dirs: readonly string[]): DataDisks {
  const count = Math.max(1, dirs.length)

  async function folderOf(key: TaskKey, disk: number): Promise<string> {
    const own = layout.task(key).data
    const dir = dirs[disk]
    if (dir === undefined || (disk === 0 && (await contents(own)).length > 0)) return own
    return onDisk(dir, key)
  }

  return {
    count,
    find: async (key, disks, before = []) => {
      const missing = disks.find(disk => disk >= count)
      if (missing !== undefined) throw noDisk(missing, count)
      const found = await Promise.all(disks.map(async disk => ({ disk, folder: await folderOf(key, disk) })))
      for (const { disk, folder } of found) {
        const old = before.find(other => other.disk === disk)?.folder
        if (old !== undefined && old !== folder && (await contents(old)).length > 0)
          throw movedAway(disk, old, folder)
        // An empty mount point looks like a disk with room.
        if (old === folder && folder !== layout.task(key).data && !(await exists(folder)))
          throw notThere(disk, folder)
      }
      return found
    },
    remove: async key => {
      for (const dir of dirs)
        await removeTaskFolder(onDisk(dir, key), join(dir, `${ASIDE}${randomBytes(6).toString("hex")}`), dir)
    },
    clean: async () => {
      for (const dir of dirs)
        for (const name of await contents(dir)) if (name.startsWith(ASIDE)) await removeTree(join(dir, name))
    },
  }
}

/** What is in a folder; nothing where there is none. */
export async function contents(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(error => {
    if (isMissing(error)) return []
    throw error
  })
}

function onDisk(dir: string, { service, cluster, job, instance }: TaskKey): string {
  return join(dir, service, cluster, job, String(instance))
}

function noDisk(disk: number, count: number): Error {
  return deploymentFault(
    "PRECONDITION",
    `the release is on data disk ${disk}, counted from 0, and this host has ${count}: start its agent with a --data DIR for each`,
  )
}

function notThere(disk: number, folder: string): Error {
  return deploymentFault(
    "PRECONDITION",
    `its data of disk ${disk} is gone: is the disk mounted? To begin anew, make the folder ${folder}`,
  )
}

function movedAway(disk: number, old: string, now: string): Error {
  return deploymentFault(
    "PRECONDITION",
    `its data of disk ${disk} is in ${old}: start the agent with --data as before, or move it to ${now}`,
  )
}
