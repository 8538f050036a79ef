import { randomBytes } from "node:crypto"
import { chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat, symlink } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"

/** Files and folders synced at once; more only queue up in Node's thread pool. */
const SYNCS_AT_ONCE = 16

/**
 * Puts `data` at `path` so that a crash or a full disk at any moment leaves the old file or the new one, whole.
 * The folder must exist. Errors are those of the file system; the old file is then untouched and nothing else stays.
 * `mode` (default 0o644) is set whatever the umask is. `owner` is for root; it is this process's user unless given.
 */
export async function writeDurable(
  path: string,
  data: string | Uint8Array,
  {
    mode = 0o644,
    owner,
  }: {
    readonly mode?: number
    readonly owner?: { readonly uid: number; readonly gid: number } | undefined
  } = {},
): Promise<void> {
  await replace(path, async aside => {
    const file = await open(aside, "wx", mode)
    await closing(file, async () => {
      if (owner) await file.chown(owner.uid, owner.gid)
      await file.chmod(mode)
      // FileHandle.writeFile goes on after a short write, which a single write() does not.
      await file.writeFile(data)
      await file.sync()
    })
  })
}

/** Makes `path` a symbolic link to `target`, replacing a link or file that is there in one step. */
export async function linkDurable(path: string, target: string): Promise<void> {
  await replace(path, aside => symlink(target, aside))
}

/** Renames within one file system; when it returns, the new name survives a power cut. What is at `to` is replaced. */
export async function renameDurable(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
  if (dirname(resolve(from)) !== dirname(resolve(to))) await syncFolder(dirname(from))
}

/**
 * Makes a folder and what is missing above it; one that exists is left as it is.
 * `mode` (default 0o755) is that of the folder itself, whatever the umask is; those above it get 0o755 less the umask.
 */
export async function makeFolder(path: string, mode = 0o755): Promise<void> {
  const full = resolve(path)
  const first = await makeAll(full)
  if (first === undefined) return
  await chmod(full, mode)
  for (let made = full; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Syncs the names in a folder: after it, the files created, renamed and removed there stay so. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r")
  await closing(folder, () => folder.sync())
}

/** Makes a folder and those above it that are missing; the topmost one that it made. */
async function makeAll(path: string): Promise<string | undefined> {
  const recursively = () => mkdir(path, { recursive: true, mode: 0o755 })
  try {
    return await recursively()
  } catch (error) {
    if (!isMissing(error)) throw error
    // Node 20 says ENOENT for whatever kept it from making one of them, a full disk included; this one tells the truth.
    const first = await highestMissing(path)
    await mkdir(first, 0o755)
    await recursively()
    return first
  }
}

async function highestMissing(path: string): Promise<string> {
  const above = dirname(path)
  const there = await stat(above).then(
    () => true,
    error => !isMissing(error),
  )
  return there || above === path ? path : highestMissing(above)
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT"
}

/** Syncs every file and folder of a tree, the folder itself included; symbolic links are not followed. */
export async function syncTree(folder: string): Promise<void> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found
    .filter(entry => entry.isFile() || entry.isDirectory())
    // `parentPath` came with Node 20.12; before, the same was called `path`.
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
  const next = [...paths, folder].values()
  const worker = async () => {
    for (const path of next) await syncFolder(path)
  }
  const workers = await Promise.allSettled(Array.from({ length: SYNCS_AT_ONCE }, worker))
  for (const ended of workers) if (ended.status === "rejected") throw ended.reason
}

async function replace(path: string, make: (aside: string) => Promise<void>): Promise<void> {
  // The same folder, because a rename is one step only within a file system; hidden, so that nobody takes it for data.
  const aside = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString("hex")}.tmp`)
  try {
    await make(aside)
    await rename(aside, path)
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

async function closing(file: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await file.close().catch(() => {})
    throw error
  }
  // Outside the try, because some file systems report a failed write only here.
  await file.close()
}
