import { randomBytes } from "node:crypto"
import { chmod, readdir, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import { makeFolder, renameDurable, syncFolder, syncTree } from "../disk/durable.js"
import { removeTree } from "../disk/remove-tree.js"
import { type Room, roomIn } from "../disk/room.js"
import { syncMeanwhile } from "../disk/sync-meanwhile.js"
import { readArchive } from "./archive.js"
import { byteReader } from "./byte-reader.js"
import { diskError, PackageError } from "./error.js"
import { gunzipFile } from "./gunzip.js"
import { inspectPackage } from "./inspect.js"
import { UNPACK_LIMITS, type UnpackLimits } from "./limits.js"
import { createTree } from "./tree.js"
import { writeFiles, writeRest } from "./write-tree.js"

/** Entries from which on a sync of the whole file system costs less than it saves. */
const MANY = 300

export interface UnpackOptions {
  readonly limits?: Partial<UnpackLimits>
  /** Where work in progress goes, on the file system of the target; default beside the target. */
  readonly staging?: string
  /** Runs each step of the work; for whoever keeps record of them. */
  readonly step?: UnpackStep
}

export type UnpackStep = <T>(
  name: "space" | "unpack" | "publish",
  what: string,
  work: () => Promise<T>,
) => Promise<T>

const inFlight = new Map<string, Promise<void>>()

/**
 * Unpacks a .tar.gz so that `target` is the whole package, read-only and synced, or is not there at all. Does nothing
 * when the target is there; callers for one target at once share one unpacking. Throws a `PackageError`, which names
 * the entry that was the reason; nothing of a refused package stays, if the disk can still remove it.
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
  const folder = options.staging ?? dirname(target)
  const aside = join(folder, `.${basename(target).slice(0, 100)}.${randomBytes(6).toString("hex")}.unpacking`)
  try {
    await makeFolder(dirname(target))
    await makeFolder(aside)
    await step("space", "looking for room on the disk", () => checkRoom(archive, aside, limits))
    // Verified while it is written: nothing has its name before all of it was read to its end.
    await step("unpack", "unpacking the package", () => writeSynced(archive, aside, limits))
    await step("publish", "putting the package in its place", async () => {
      await renameDurable(aside, target)
      // Only now, because moving a folder needs write permission on it.
      await chmod(target, 0o555)
      await syncFolder(target)
    })
  } catch (error) {
    // What a disk in trouble does not give back is removed by the next start; why it came to this is not to be hidden by it.
    await removeTree(aside).catch(() => {})
    throw diskError(error, "unpacking the package")
  }
}

/** Looks into the package only where the largest that is taken would not fit. */
async function checkRoom(archive: string, folder: string, limits: UnpackLimits): Promise<void> {
  const room = await roomIn(folder)
  if (lack(room, limits.bytes, limits.entries) === undefined) return
  const { bytes, count } = await inspectPackage(archive, limits)
  const lacking = lack(room, bytes, count)
  if (lacking !== undefined) throw new PackageError("PKG_NO_SPACE", lacking)
}

function lack(room: Room, bytes: number, count: number): string | undefined {
  // A tenth more, for the folders and for what the last block of each file leaves empty.
  const needed = Math.ceil(bytes * 1.1)
  if (needed > room.bytes) return `the package needs ${needed} bytes unpacked, ${room.bytes} are free`
  if (count > room.files) return `the package needs ${count} files, ${room.files} are free`
  return undefined
}

async function writeSynced(archive: string, folder: string, limits: UnpackLimits): Promise<void> {
  const isSynced = await syncMeanwhile(folder, async wrote => {
    const tree = createTree(limits)
    const wroteOne = (bytes: number) => {
      if (tree.count >= MANY) wrote(bytes)
    }
    const made = await gunzipFile(archive, limits, bytes =>
      writeFiles(readArchive(byteReader(bytes)), folder, tree, wroteOne),
    )
    await writeRest(tree.rest(), folder, made)
    // Folders and links are many as well.
    wroteOne(0)
    await closeFolders(folder)
  })
  if (!isSynced) await syncTree(folder)
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
