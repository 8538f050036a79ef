import { link, mkdir, symlink } from "node:fs/promises"
import { join } from "node:path"
import { printable } from "../model/visible.js"
import type { ArchiveEntry } from "./archive.js"
import { PackageError } from "./error.js"
import { createNewFile, type NewFile } from "./new-file.js"
import type { Placed, Tree } from "./tree.js"
import { createWritePool, type WritePool } from "./write-pool.js"

/** Files up to this size are written side by side, larger ones as they come. */
const SMALL = 256 * 1024
const WRITES_AT_ONCE = 16

interface Writing {
  readonly root: string
  readonly pool: WritePool
  readonly newFile: NewFile
  /** Made when all files are there. */
  readonly hardlinks: (() => Promise<void>)[]
}

/**
 * Writes the entries into the folder `root`, where nothing is yet, each where `tree` places it: files read-only, folders
 * still writable. Throws a `PackageError` for an entry that may not be there, or what the file system throws; nothing is
 * being written any more then.
 */
export async function writeTree(
  entries: AsyncIterable<ArchiveEntry>,
  root: string,
  tree: Tree,
): Promise<void> {
  const pool = createWritePool(WRITES_AT_ONCE)
  const writing: Writing = { root, pool, newFile: createNewFile(), hardlinks: [] }
  try {
    for await (const entry of entries) {
      const placed = tree.place(entry)
      await naming(entry, () => write(entry, placed, writing))
    }
  } finally {
    // Also after a failure: a write that is still going on would come back after the removal.
    await pool.drain().catch(() => {})
  }
  await pool.drain()
  for (const make of writing.hardlinks) await make()
  // Last, so that nothing is ever written through a link.
  for (const { path, target } of tree.symlinks()) await symlink(target, join(root, path))
}

async function write(
  entry: ArchiveEntry,
  placed: Placed,
  { root, pool, newFile, hardlinks }: Writing,
): Promise<void> {
  if (placed.kind === "root") return
  for (const folder of placed.newFolders) await mkdir(join(root, folder), 0o755)
  const path = join(root, placed.path)
  switch (placed.kind) {
    case "folder":
    case "symlink":
      return
    case "hardlink":
      // Later, because the file it names may still be on its way to the disk.
      hardlinks.push(() => link(join(root, placed.to), path))
      return
    case "file": {
      const mode = entry.mode & 0o111 ? 0o555 : 0o444
      if (entry.size > SMALL) return await newFile(path, mode, entry.content())
      const parts: Buffer[] = []
      for await (const part of entry.content()) parts.push(part)
      return await pool.add(() => naming(entry, () => newFile(path, mode, parts)))
    }
  }
}

// On a file system that takes two names for one, a name that is new to us may be there.
async function naming(entry: ArchiveEntry, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === "EEXIST")
      throw new PackageError("PKG_PATH", `${printable(entry.name)} is there twice`, { cause: error })
    throw error
  }
}
