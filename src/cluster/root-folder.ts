import { realpathSync, statSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"

/** A file or folder that marks the root of all cluster files. */
const MARKS = [".minos-root", ".git"]

/**
 * The folder that no cluster file may reach out of: `given` (MINOS_ROOT), else the nearest folder above the cluster file
 * that holds `.minos-root` or `.git`, else the folder of the cluster file.
 */
export function rootFolder(clusterFile: string, given: string | undefined): string {
  if (given) return given
  const own = dirname(clusterFile)
  for (let folder = own; ; folder = dirname(folder)) {
    if (MARKS.some(mark => isThere(join(folder, mark)))) return folder
    if (dirname(folder) === folder) return own
  }
}

/** Whether a path that exists is below a folder, links followed; a path that does not exist is judged by its words. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(followed(folder), followed(path))
  return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep)
}

function followed(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(followed(parent), path.slice(parent.length))
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
