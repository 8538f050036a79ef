import { realpath, stat } from "node:fs/promises"
import { resolve, sep } from "node:path"
import { MinosError } from "../model/error.js"

/**
 * The absolute paths of the data disks that an agent is given. Throws a MinosError for one that is no folder, stands twice, or lies
 * in another or in the agent's root: what is removed on one must never be something else on another.
 */
export async function checkDataDirs(root: string, given: readonly string[]): Promise<readonly string[]> {
  const dirs = given.map(dir => resolve(dir))
  const real = await Promise.all(dirs.map(realFolder))
  const top = await realpath(root).catch(() => resolve(root))
  real.forEach((dir, n) => {
    const shown = dirs[n] as string
    if (shown.includes(":"))
      throw wrong(`${shown} has a colon in it, which separates folders in MINOS_DATA_DIRS`)
    if (isIn(dir, top) || isIn(top, dir)) throw wrong(`${shown} and the root ${root} lie in one another`)
    const other = real.findIndex((earlier, m) => m < n && (isIn(dir, earlier) || isIn(earlier, dir)))
    if (other >= 0) throw wrong(`${shown} and ${dirs[other]} lie in one another`)
  })
  return dirs
}

async function realFolder(dir: string): Promise<string> {
  const found = await stat(dir).catch(() => undefined)
  // Not made: where a disk is not mounted, data would go to the disk below it.
  if (!found) throw wrong(`${dir} does not exist: mount the disk, or make the folder`)
  if (!found.isDirectory()) throw wrong(`${dir} is no folder`)
  return realpath(dir)
}

function isIn(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer === sep ? sep : outer + sep)
}

function wrong(what: string): MinosError {
  return new MinosError("DATA_DIR", `--data: ${what}`, {
    hint: "each disk is a folder of its own, outside of --root",
    exitCode: 2,
  })
}
