import { rmdir } from "node:fs/promises"
import { dirname } from "node:path"
import { renameDurable, syncFolder } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { isMissing } from "./look.js"

/** Removes a task's folder by way of `aside`, and the folders up to `tasks` that are empty then. Nothing there is no error. */
export async function removeTaskFolder(folder: string, aside: string, tasks: string): Promise<void> {
  try {
    // Moved first, so that a kill leaves all of its data or nothing.
    await renameDurable(folder, aside)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  await removeTree(aside)
  await removeEmpty(dirname(folder), tasks)
}

async function removeEmpty(folder: string, top: string): Promise<void> {
  if (folder === top) return
  try {
    await rmdir(folder)
    await syncFolder(dirname(folder))
  } catch (error) {
    // Another task is in it, perhaps since a moment ago.
    if (!isMissing(error) && !isInUse(error)) throw error
  }
  await removeEmpty(dirname(folder), top)
}

function isInUse(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")
}
