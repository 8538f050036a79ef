import { readArchive } from "./archive.js"
import { byteReader } from "./byte-reader.js"
import { PackageError } from "./error.js"
import { gunzipFile } from "./gunzip.js"
import { UNPACK_LIMITS, type UnpackLimits } from "./limits.js"
import { createTree, type Tree } from "./tree.js"

/**
 * Reads a .tar.gz to its end, and says what it would be on disk; writes nothing.
 * Throws the `PackageError` for which `unpackPackage` would refuse it.
 */
export async function inspectPackage(archive: string, limits: Partial<UnpackLimits> = {}): Promise<Tree> {
  const all = { ...UNPACK_LIMITS, ...limits }
  const tree = createTree(all)
  await gunzipFile(archive, all, async bytes => {
    for await (const entry of readArchive(byteReader(bytes))) tree.place(entry)
  })
  if (tree.count === 0) throw new PackageError("PKG_CORRUPT", "the package is empty")
  // Asked for here, because it throws when a link leads out.
  tree.symlinks()
  return tree
}
