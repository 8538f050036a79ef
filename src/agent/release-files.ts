import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { chmod, mkdir, open, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { syncFolder } from "../disk/durable.js"
import type { ReleaseFile } from "../model/release.js"
import type { Text } from "../model/text.js"
import type { Owner } from "./accounts.js"
import { deploymentFault } from "./faults.js"
import { isMissing } from "./look.js"
import { foldersOf } from "./release-paths.js"

/** What is kept of a file of a release, to tell later what was written. */
export interface StoredFile {
  readonly path: string
  readonly mode: number
  /** Of its content, folders and secrets put in. */
  readonly sha256: string
}

/** What a release's files are made with. */
export interface FileMaking {
  readonly closed: (text: Text) => string
  /** Where the content with a digest is on this disk. */
  readonly blob: (sha256: string) => string
  readonly ownerOf: (file: ReleaseFile) => Owner | undefined
}

// Each waits for the disk; more only queue up in Node's thread pool.
const AT_ONCE = 16

/**
 * Writes files into a folder that does not exist yet; when it returns they survive a power cut. Throws PRECONDITION for a
 * blob that is not there.
 */
export async function writeReleaseFiles(
  folder: string,
  files: readonly ReleaseFile[],
  making: FileMaking,
): Promise<readonly StoredFile[]> {
  const folders = ["", ...new Set(files.flatMap(({ path }) => foldersOf(path)))]
  for (const made of folders) await makePassable(join(folder, made))
  const stored: StoredFile[] = []
  const next = files.entries()
  const worker = async (): Promise<void> => {
    for (const [n, file] of next) stored[n] = await write(join(folder, file.path), file, making)
  }
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
  for (const end of ends) if (end.status === "rejected") throw end.reason
  for (const made of folders.toReversed()) await syncFolder(join(folder, made))
  await syncFolder(dirname(folder))
  return stored
}

/** Throws PRECONDITION when a blob that the files need is not here. */
export async function needBlobs(
  files: readonly ReleaseFile[],
  has: (sha256: string) => Promise<boolean>,
): Promise<void> {
  for (const { path, content } of files)
    if (content.kind === "blob" && !(await has(content.sha256))) throw missing(path, content.sha256)
}

/** Whoever the program runs as must get through, whatever the umask is. */
async function makePassable(folder: string): Promise<void> {
  await mkdir(folder, 0o755)
  await chmod(folder, 0o755)
}

async function write(path: string, file: ReleaseFile, making: FileMaking): Promise<StoredFile> {
  const { content, mode } = file
  // Private until its owner and its mode are right.
  const handle = await open(path, "wx", 0o600)
  try {
    const sha256 = content.kind === "text" ? await writeText() : await copyBlob(content.sha256)
    const owner = making.ownerOf(file)
    if (owner) await handle.chown(owner.uid, owner.gid)
    await handle.chmod(mode)
    await handle.sync()
    return { path: file.path, mode, sha256 }
  } finally {
    await handle.close()
  }

  async function writeText(): Promise<string> {
    const text = making.closed(content.kind === "text" ? content.text : "")
    await handle.writeFile(text)
    return createHash("sha256").update(text).digest("hex")
  }

  async function copyBlob(sha256: string): Promise<string> {
    const from = making.blob(sha256)
    await stat(from).catch(error => {
      throw isMissing(error) ? missing(file.path, sha256) : error
    })
    for await (const part of createReadStream(from)) await handle.writeFile(part as Buffer)
    return sha256
  }
}

function missing(path: string, sha256: string): Error {
  return deploymentFault("PRECONDITION", `the content of ${path} (${sha256.slice(0, 12)}) is not here`)
}
