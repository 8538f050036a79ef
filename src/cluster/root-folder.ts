import { realpathSync, statSync } from "node:fs"
import { dirname, join, relative, resolve, sep } from "node:path"

/** A file or folder that marks the root of all cluster files. */
const MARKS = [".minos-root", ".git"]

/**
 * The folder that no cluster file may reach out of: `given` (MINOS_ROOT), else the nearest folder above the cluster file
 * that holds `.minos-root` or `.git`, else the folder of the cluster file.
 */
export function rootFolder(clusterFile: string, given: string | undefined): string {
  if (given) return resolve(given)
  const own = dirname(clusterFile)
  for (let folder = own; ; folder = dirname(folder)) {
    if (MARKS.some(mark => isThere(join(folder, mark)))) return folder
    if (dirname(folder) === folder) return own
  }
}

/** Whether a path that exists is below a folder, links followed; a path that does not exist is judged by its words. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(realPath(folder), realPath(path))
  return way !== ".." && !way.startsWith(`..${sep}`) && !way.startsWith(sep)
}

/** A path with its links followed, as far as there is something. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), path.slice(parent.length))
  }
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    // A folder above that may not be looked into.
    return false
  }
}
