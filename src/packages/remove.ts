import { randomBytes } from "node:crypto"
import { chmod } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { makeFolder, renameDurable } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { diskError } from "./error.js"

/**
 * Removes an unpacked package; one that is not there is no error. It is moved aside first (into `staging`, default
 * beside it), so that half a package never stands where a whole one is expected. Throws a `PackageError`.
 */
export async function removePackage(
  target: string,
  { staging }: { readonly staging?: string } = {},
): Promise<void> {
  const aside = join(
    staging ?? dirname(target),
    `.${basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}.removing`,
  )
  try {
    // Everybody but root needs write permission on a folder to move it.
    await chmod(target, 0o755)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return
    throw diskError(error, "removing the package")
  }
  try {
    await makeFolder(dirname(aside))
    await renameDurable(target, aside)
    await removeTree(aside)
  } catch (error) {
    throw diskError(error, "removing the package")
  }
}
