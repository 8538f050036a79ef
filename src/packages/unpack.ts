import { randomBytes } from "node:crypto"
import { chmod, readdir, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { makeFolder, renameDurable, syncFolder, syncTree } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { roomIn } from "../disk/room.js"
import { syncMeanwhile, type Wrote } from "../disk/sync-meanwhile.js"
import { readArchive } from "./archive.js"
import { byteReader } from "./byte-reader.js"
import { diskError, PackageError } from "./error.js"
import { gunzipFile } from "./gunzip.js"
import { inspectPackage } from "./inspect.js"
import { UNPACK_LIMITS, type UnpackLimits } from "./limits.js"
import { createTree, type Tree } from "./tree.js"
import { writeTree } from "./write-tree.js"

/** Entries from which on a thread that writes and a sync of the whole file system cost less than they save. */
const MANY = 300

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
      const isLarge = wanted.count >= MANY
      const write = async (wrote: Wrote) => {
        await gunzipFile(archive, limits, bytes =>
          writeTree(readArchive(byteReader(bytes)), aside, createTree(limits), { isLarge, wrote }),
        )
        await closeFolders(aside)
      }
      if (isLarge && (await syncMeanwhile(aside, write))) return
      if (!isLarge) await write(() => {})
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

// Read-only from the inside out, the package's own folder excepted.
async function closeFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    await closeFolders(path)
    await chmod(path, 0o555)
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
