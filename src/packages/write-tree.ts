import { link, mkdir, symlink } from "node:fs/promises"
import { join } from "node:path"
import type { Wrote } from "../disk/sync-meanwhile.js"
import { printable } from "../model/visible.js"
import type { ArchiveEntry } from "./archive.js"
import { PackageError } from "./error.js"
import { createFileWriter, type FileWriter } from "./file-writer.js"
import { createFileWriterThread } from "./file-writer-thread.js"
import { createNewFile, type NewFile } from "./new-file.js"
import type { Placed, Tree } from "./tree.js"

/** Files up to this size are written side by side, larger ones as they come. */
const SMALL = 256 * 1024

export interface WriteTreeOptions {
  /** Thousands of files come, so that a thread for writing is worth its start. */
  readonly isLarge: boolean
  readonly wrote: Wrote
}

interface Writing {
  readonly root: string
  readonly writer: FileWriter
  readonly newFile: NewFile
  readonly wrote: Wrote
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
  { isLarge, wrote }: WriteTreeOptions,
): Promise<void> {
  const newFile = createNewFile()
  const writer = isLarge ? createFileWriterThread(SMALL) : createFileWriter(newFile)
  const writing: Writing = { root, writer, newFile, wrote, hardlinks: [] }
  try {
    for await (const entry of entries) {
      const placed = tree.place(entry)
      await write(entry, placed, writing).catch(error => {
        throw named(entry)(error)
      })
    }
    await writer.drain()
  } finally {
    // Also after a failure: a write that is still going on would come back after the removal.
    await writer.close()
  }
  for (const make of writing.hardlinks) await make()
  // Last, so that nothing is ever written through a link.
  for (const { path, target } of tree.symlinks()) await symlink(target, join(root, path))
}

async function write(
  entry: ArchiveEntry,
  placed: Placed,
  { root, writer, newFile, wrote, hardlinks }: Writing,
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
      wrote(entry.size)
      const mode = entry.mode & 0o111 ? 0o555 : 0o444
      if (entry.size > SMALL) return await newFile(path, mode, entry.content())
      return await writer.add({ path, mode, content: await whole(entry), failure: named(entry) })
    }
  }
}

async function whole(entry: ArchiveEntry): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of entry.content()) parts.push(part)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

// On a file system that takes two names for one, a name that is new to us may be there.
function named({ name }: ArchiveEntry): (error: unknown) => unknown {
  return error =>
    (error as NodeJS.ErrnoException).code === "EEXIST"
      ? new PackageError("PKG_PATH", `${printable(name)} is there twice`, { cause: error })
      : error
}
