import { chown, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import type { Owner } from "./accounts.js"

/**
 * Gives folders to whoever is to write into them; what is in them stays whose it is. `record`, which names the last process of
 * the task, goes with a change: another user could not write it anew. Call it only while the task is stopped.
 */
export async function giveFolders(folders: readonly string[], record: string, to: Owner): Promise<void> {
  for (const folder of folders) {
    const { uid, gid } = await stat(folder)
    if (uid === to.uid && gid === to.gid) continue
    if (folder === dirname(record)) await rm(record, { force: true })
    await chown(folder, to.uid, to.gid)
  }
}
