import { randomBytes } from "node:crypto"
import { chmod, link, mkdir, open, readdir, stat, symlink } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { makeFolder, renameDurable, syncFolder, syncTree } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { roomIn } from "../disk/room.js"
import { printable } from "../model/visible.js"
import { type ArchiveEntry, readArchive } from "./archive.js"
import { byteReader } from "./byte-reader.js"
import { diskError, PackageError } from "./error.js"
import { gunzipFile } from "./gunzip.js"
import { inspectPackage } from "./inspect.js"
import { UNPACK_LIMITS, type UnpackLimits } from "./limits.js"
import { createTree, type Placed, type Tree } from "./tree.js"
import { createWritePool, type WritePool } from "./write-pool.js"

/** Files up to this size are written side by side, larger ones as they come. */
const SMALL = 256 * 1024
const WRITES_AT_ONCE = 16

export interface UnpackOptions {
  readonly limits?: Partial<UnpackLimits>
  /** Where work in progress goes, on the file system of the target; default beside the target. */
  readonly staging?: string
  /** Runs each step of the work; for whoever keeps record of them. */
  readonly step?: UnpackStep
}

export type UnpackStep = <T>(
  name: "verify" | "space" | "unpack" | "publish",
  what: string,
  work: () => Promise<T>,
) => Promise<T>

const inFlight = new Map<string, Promise<void>>()

/**
 * Unpacks a .tar.gz so that `target` is the whole package, read-only and synced, or is not there at all. Does nothing
 * when the target is there; callers for one target at once share one unpacking. Throws a `PackageError`, which names
 * the entry that was the reason; nothing of a refused package stays.
 */
export function unpackPackage(archive: string, target: string, options: UnpackOptions = {}): Promise<void> {
  const to = resolve(target)
  const running = inFlight.get(to)
  if (running) return running
  const unpacking = unpackOnce(archive, to, options).finally(() => inFlight.delete(to))
  inFlight.set(to, unpacking)
  return unpacking
}

async function unpackOnce(archive: string, target: string, options: UnpackOptions): Promise<void> {
  if (await exists(target)) return
  const limits = { ...UNPACK_LIMITS, ...options.limits }
  const step: UnpackStep = options.step ?? ((_name, _what, work) => work())
  // Read to its end before the first byte is written: a refusal costs the disk nothing, and a bomb of 100,000 folders
  // takes a second, not a minute.
  const wanted = await step("verify", "unpacking the package", () => inspectPackage(archive, limits))
  const folder = options.staging ?? dirname(target)
  const aside = join(folder, `.${basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}.unpacking`)
  try {
    await makeFolder(dirname(target))
    await makeFolder(aside)
    await step("space", "looking for room on the disk", () => checkRoom(aside, wanted))
    await step("unpack", "unpacking the package", async () => {
      await gunzipFile(archive, limits, bytes =>
        writeTree(readArchive(byteReader(bytes)), aside, createTree(limits)),
      )
      await closeFolders(aside)
      await syncTree(aside)
    })
    await step("publish", "putting the package in its place", async () => {
      await renameDurable(aside, target)
      // Only now, because moving a folder needs write permission on it.
      await chmod(target, 0o555)
      await syncFolder(target)
    })
  } catch (error) {
    await removeTree(aside)
    throw diskError(error, "unpacking the package")
  }
}

async function checkRoom(folder: string, { bytes, count }: Tree): Promise<void> {
  const room = await roomIn(folder)
  // A tenth more, for the folders and for what the last block of each file leaves empty.
  const needed = Math.ceil(bytes * 1.1)
  if (needed > room.bytes) {
    throw new PackageError(
      "PKG_NO_SPACE",
      `the package needs ${needed} bytes unpacked, ${room.bytes} are free`,
    )
  }
  if (count > room.files) {
    throw new PackageError("PKG_NO_SPACE", `the package needs ${count} files, ${room.files} are free`)
  }
}

async function writeTree(entries: AsyncIterable<ArchiveEntry>, root: string, tree: Tree): Promise<void> {
  const pool = createWritePool(WRITES_AT_ONCE)
  const hardlinks: (() => Promise<void>)[] = []
  try {
    for await (const entry of entries) {
      const placed = tree.place(entry)
      await naming(entry, () => write(entry, placed, root, pool, hardlinks))
    }
  } finally {
    // Also after a failure: a write that is still going on would come back after the removal.
    await pool.drain().catch(() => {})
  }
  await pool.drain()
  for (const make of hardlinks) await make()
  // Last, so that nothing is ever written through a link.
  for (const { path, target } of tree.symlinks()) await symlink(target, join(root, path))
}

async function write(
  entry: ArchiveEntry,
  placed: Placed,
  root: string,
  pool: WritePool,
  hardlinks: (() => Promise<void>)[],
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
      if (entry.size > SMALL) return await writeFile(path, entry.mode, entry.content())
      const parts: Buffer[] = []
      for await (const part of entry.content()) parts.push(part)
      return await pool.add(() => naming(entry, () => writeFile(path, entry.mode, [Buffer.concat(parts)])))
    }
  }
}

async function writeFile(
  path: string,
  mode: number,
  content: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<void> {
  const final = mode & 0o111 ? 0o555 : 0o444
  const file = await open(path, "wx", final)
  try {
    for await (const part of content) await file.writeFile(part)
    // open() took the umask off, and a service may run as another user than the agent.
    await file.chmod(final)
  } finally {
    await file.close()
  }
}

// Read-only from the inside out, the package's own folder excepted.
async function closeFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    await closeFolders(path)
    await chmod(path, 0o555)
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

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false
    throw error
  }
}
