import { link, mkdir, symlink } from "node:fs/promises"
import { dirname, join } from "node:path"
import type { Wrote } from "../disk/sync-meanwhile.js"
import { printable } from "../model/visible.js"
import type { ArchiveEntry } from "./archive.js"
import { PackageError } from "./error.js"
import { createFileWriter } from "./file-writer.js"
import { createNewFile } from "./new-file.js"
import type { Rest, Tree } from "./tree.js"

/** Files up to this size are written many at once, larger ones as they come. */
const SMALL = 256 * 1024

/**
 * Writes the files into the folder `root`, where nothing is yet, each where `tree` places it: read-only, in folders that are
 * still writable, and that it returns. All entries go into the tree. Throws a `PackageError` for an entry that may not be
 * there, or what the file system throws; nothing is being written any more then.
 */
export async function writeFiles(
  entries: AsyncIterable<ArchiveEntry>,
  root: string,
  tree: Tree,
  wrote: Wrote,
): Promise<ReadonlySet<string>> {
  const newFile = createNewFile()
  const writer = createFileWriter(SMALL, newFile)
  const folders = new Set<string>()

  async function write(entry: ArchiveEntry, placed: string): Promise<void> {
    wrote(entry.size)
    for (const folder of missing(dirname(placed), folders)) {
      await mkdir(join(root, folder), 0o755)
      folders.add(folder)
    }
    const path = join(root, placed)
    const mode = entry.mode & 0o111 ? 0o555 : 0o444
    if (entry.size > SMALL) return await newFile(path, mode, entry.content())
    return await writer.add({ path, mode, content: await whole(entry), failure: named(entry.name) })
  }

  try {
    for await (const entry of entries) {
      const placed = tree.place(entry)
      if (entry.kind === "file") await naming(entry.name, write(entry, placed))
    }
    await writer.drain()
  } finally {
    // Also after a failure: a write that is still going on would come back after the removal.
    await writer.close()
  }
  return folders
}

/** Makes what a package has besides its files, when they are there, and the folders `made`. Throws as `writeFiles` does. */
export async function writeRest(
  { folders, hardlinks, symlinks }: Rest,
  root: string,
  made: ReadonlySet<string>,
): Promise<void> {
  const at = (path: string) => join(root, path)
  for (const path of folders) if (!made.has(path)) await naming(path, mkdir(at(path), 0o755))
  for (const { path, target } of hardlinks) await naming(path, link(at(target), at(path)))
  // Last, so that nothing is ever written through a link.
  for (const { path, target } of symlinks) await naming(path, symlink(target, at(path)))
}

/** What is not in `made` of a folder and those above it, outermost first. */
function missing(folder: string, made: ReadonlySet<string>): readonly string[] {
  return folder === "." || made.has(folder) ? [] : [...missing(dirname(folder), made), folder]
}

async function whole(entry: ArchiveEntry): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of entry.content()) parts.push(part)
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

async function naming(name: string, work: Promise<void>): Promise<void> {
  await work.catch(error => {
    throw named(name)(error)
  })
}

// On a file system that takes two names for one, a name that is new to us may be there.
function named(name: string): (error: unknown) => unknown {
  return error =>
    (error as NodeJS.ErrnoException).code === "EEXIST"
      ? new PackageError("PKG_PATH", `${printable(name)} is there twice`, { cause: error })
      : error
}
