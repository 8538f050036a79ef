import { chmod, lstat, readdir, rm } from "node:fs/promises"
import { join } from "node:path"

/** Removes a file or a whole folder, read-only folders included; nothing there is no error. Links are not followed. */
export async function removeTree(path: string): Promise<void> {
  await makeRemovable(path)
  await rm(path, { recursive: true, force: true })
}

// Everybody but root needs write permission on a folder to empty it.
async function makeRemovable(path: string): Promise<void> {
  const stat = await lstat(path).catch(error => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined
    throw error
  })
  if (!stat?.isDirectory()) return
  if ((stat.mode & 0o700) !== 0o700) await chmod(path, 0o700)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeRemovable(join(path, entry.name))
  }
}
