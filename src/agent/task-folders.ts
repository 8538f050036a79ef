import { randomBytes } from "node:crypto"
import { constants } from "node:fs"
import { type FileHandle, lstat, open, readdir, rename, unlink } from "node:fs/promises"
import { join } from "node:path"
import type { Owner } from "./accounts.js"
import { deploymentFault } from "./faults.js"
import type { TaskFolders } from "./layout.js"
import { isMissing } from "./look.js"

/**
 * Gives a task's folders to whoever is to write into them: nobody else may write there then. What is in them stays whose it is, but for
 * what could lead the new writer elsewhere: links of others in `log` and `run` go, and so does a record of the task's last process
 * that is not the new writer's own plain file. Done again after a crash, it does what is left. Call it only while nobody but the new
 * writer runs in them. Throws PRECONDITION for a folder that another user put a link in the place of.
 */
export async function giveFolders(
  data: readonly string[],
  { log, run, process: record }: Pick<TaskFolders, "log" | "run" | "process">,
  to: Owner,
): Promise<void> {
  for (const folder of [...data, log, run]) await give(folder, to)
  // Only now, when nobody can put them back.
  for (const folder of [log, run]) await removeLinks(folder, to)
  await removeRecord(record, to)
}

async function give(path: string, to: Owner): Promise<void> {
  const folder = await openFolder(path)
  try {
    const { uid, gid, mode } = await folder.stat()
    if (uid === to.uid && gid === to.gid) return
    const closed = mode & 0o7755
    // Before, for a crash in between; and after, for its owner until then could open it again.
    await folder.chmod(closed)
    await folder.chown(to.uid, to.gid)
    await folder.chmod(closed)
  } finally {
    await folder.close()
  }
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY

/** By its handle, a folder stays the one that was looked at. */
async function openFolder(path: string): Promise<FileHandle> {
  const found = await lstat(path)
  if (!found.isSymbolicLink()) return open(path, FOLDER | constants.O_NOFOLLOW)
  // The host's operator may keep data elsewhere.
  if (isTrusted(found.uid)) return open(path, FOLDER)
  throw deploymentFault(
    "PRECONDITION",
    `${path} is a link that user ${found.uid} made: put a folder in its place`,
  )
}

async function removeLinks(folder: string, { uid }: Owner): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue
    const path = join(folder, entry.name)
    const owner = (await lstat(path)).uid
    if (owner !== uid && !isTrusted(owner)) await unlink(path)
  }
}

async function removeRecord(record: string, { uid }: Owner): Promise<void> {
  const found = await lstat(record).catch(error => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (!found || (found.isFile() && found.uid === uid && found.nlink === 1)) return
  // Moved, not removed: who made it may still change what is in it.
  if (found.isDirectory()) await rename(record, `${record}.${randomBytes(6).toString("hex")}`)
  else await unlink(record)
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.getuid?.()
}
