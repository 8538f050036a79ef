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
   * Where a task has its data on these disks. Throws PRECONDITION for a disk that the host has not, and when what the task had
   * until now is somewhere else, on another disk or gone: a task never loses sight of its data.
   */
  find(key: TaskKey, disks: readonly number[], until?: Until): Promise<readonly DataFolder[]>
  /** Removes the folders of a task from all disks, but for the one beside its releases. */
  remove(key: TaskKey): Promise<void>
  /** Removes what an earlier process moved aside and did not remove. */
  clean(): Promise<void>
}

/** What a task had until now. */
export interface Until {
  /** The folders of its present release, the main one first. */
  readonly before?: readonly DataFolder[] | undefined
  /** It ran here, or was bootstrapped; asked where it has no present release. */
  readonly everRan?: () => Promise<boolean>
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
    find: async (key, disks, { before = [], everRan = async () => false } = {}) => {
      const missing = disks.find(disk => disk >= count)
      if (missing !== undefined) throw noDisk(missing, count)
      const found = await Promise.all(disks.map(async disk => ({ disk, folder: await folderOf(key, disk) })))
      const own = layout.task(key).data
      for (const { disk, folder } of found) {
        const old = before.find(other => other.disk === disk)?.folder
        if (old !== undefined && old !== folder && (await contents(old)).length > 0)
          throw movedAway(disk, old, folder)
        // An empty mount point looks like a disk with room.
        const mayBeGone = folder !== own && !(await exists(folder))
        if (mayBeGone && (before.length > 0 ? old === folder : await everRan())) throw notThere(disk, folder)
      }
      const [main] = found
      const [oldMain] = before
      if (main && oldMain && main.disk !== oldMain.disk && (await contents(oldMain.folder)).length > 0)
        throw otherMain(oldMain, main)
      for (const old of before.filter(({ disk }) => !disks.includes(disk))) {
        if ((await contents(old.folder)).length > 0) throw leftBehind(old)
        if (old.folder !== own && !(await exists(old.folder))) throw notThere(old.disk, old.folder)
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

function otherMain(old: DataFolder, main: DataFolder): Error {
  return deploymentFault(
    "PRECONDITION",
    `its main data is on disk ${old.disk}, in ${old.folder}, and the release has its own on disk ${main.disk}: name disk ${old.disk} first in data, or stop the task and move what is there to ${main.folder}`,
  )
}

function leftBehind({ disk, folder }: DataFolder): Error {
  return deploymentFault(
    "PRECONDITION",
    `it has data on disk ${disk}, in ${folder}, and the release is not on that disk: name disk ${disk} in data, or stop the task and move what is there to one of its other disks`,
  )
}

function movedAway(disk: number, old: string, now: string): Error {
  return deploymentFault(
    "PRECONDITION",
    `its data of disk ${disk} is in ${old}: start the agent with --data as before, or move it to ${now}`,
  )
}
