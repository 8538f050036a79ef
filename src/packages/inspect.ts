import { readArchive } from "./archive.js"
import { byteReader } from "./byte-reader.js"
import { gunzipFile } from "./gunzip.js"
import type { UnpackLimits } from "./limits.js"
import { createTree, type Tree } from "./tree.js"

/**
 * Reads a .tar.gz to its end, and says what it would be on disk; writes nothing.
 * Throws the `PackageError` for which `unpackPackage` would refuse it.
 */
export async function inspectPackage(archive: string, limits: UnpackLimits): Promise<Tree> {
  const tree = createTree(limits)
  await gunzipFile(archive, limits, async bytes => {
    for await (const entry of readArchive(byteReader(bytes))) tree.place(entry)
  })
  // Asked for here, because it throws when a link leads out.
  tree.rest()
  return tree
}
