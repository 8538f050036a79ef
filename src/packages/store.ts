import { createHash, randomBytes } from "node:crypto"
import { chmod, open, readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { makeFolder, renameDurable } from "../disk/durable.js"
import { failpoint } from "../disk/failpoint.js"
import { removeTree } from "../disk/remove-tree.js"
import { printable } from "../model/visible.js"
import { isDigest } from "./digest.js"
import { diskError, PackageError } from "./error.js"

// Small steps, so that the last sync of a large package does not outlast the sender's patience.
const BATCH = 1024 * 1024
const SYNC_EVERY = 64 * 1024 * 1024

/** Packages on disk, each under the sha256 of its content; what is visible there is whole and right. */
export interface Store {
  readonly root: string
  /** Where work in progress goes, on the same file system; `clean` empties it. */
  readonly staging: string
  has(digest: string): Promise<boolean>
  /** Where the blob is or will be. Throws PKG_DIGEST when this is no digest. */
  path(digest: string): string
  /**
   * Streams content into the store; it becomes visible only when its sha256 (and its size, when given) is right.
   * Throws a `PackageError`, and then nothing stays. The stream is not destroyed by a failure, only by the signal.
   */
  put(digest: string, stream: Readable, options?: PutOptions): Promise<void>
  /** Removes what dead processes left in staging, and closes to others what older agents left open. One process owns a root: call it at its start. */
  clean(): Promise<void>
  /** A name in staging that nobody has. */
  stagingPath(label: string): string
}

export interface PutOptions {
  /** Announced length in bytes. */
  readonly size?: number
  readonly maxBytes?: number
  readonly signal?: AbortSignal
}

/** A content-addressed store under `root`: `blobs/sha256/<digest>` and `staging/`. Folders are made when needed. */
export function createStore(root: string): Store {
  // Closed to others: what came may be a file that only one user is to read.
  const all = join(root, "blobs")
  const blobs = join(all, "sha256")
  const staging = join(root, "staging")
  // Tells our own work in progress from what an earlier process left, which may have had the same pid.
  const owner = randomBytes(6).toString("hex")

  function path(digest: string): string {
    if (!isDigest(digest)) throw new PackageError("PKG_DIGEST", `not a sha256: ${printable(digest)}`)
    return join(blobs, digest)
  }

  function stagingPath(label: string): string {
    return join(staging, `${owner}-${label}-${randomBytes(6).toString("hex")}`)
  }

  async function has(digest: string): Promise<boolean> {
    const found = await stat(path(digest)).catch(() => undefined)
    return found?.isFile() ?? false
  }

  async function put(digest: string, stream: Readable, options: PutOptions = {}): Promise<void> {
    const to = path(digest)
    const aside = stagingPath(digest.slice(0, 12))
    // It may break before it is read from, and an error that nobody listens to would end the process.
    stream.on("error", () => {})
    try {
      await makeFolder(staging)
      await makeFolder(all, 0o700)
      await makeFolder(blobs)
      await failpoint("fetch-before")
      await receive(digest, stream, aside, options)
      await failpoint("verify-after")
      await renameDurable(aside, to)
    } catch (error) {
      await rm(aside, { force: true }).catch(() => {})
      throw diskError(error, `storing package ${digest.slice(0, 12)}`)
    }
  }

  async function clean(): Promise<void> {
    await chmod(all, 0o700).catch(ignoreMissing)
    const left = await readdir(staging).catch(() => [])
    for (const name of left) if (!name.startsWith(`${owner}-`)) await removeTree(join(staging, name))
  }

  return { root, staging, has, path, put, clean, stagingPath }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error
}

async function receive(digest: string, stream: Readable, aside: string, options: PutOptions): Promise<void> {
  const { size, maxBytes = Number.POSITIVE_INFINITY } = options
  const hash = createHash("sha256")
  const file = await open(aside, "wx", 0o600)
  try {
    let got = 0
    let unsynced = 0
    for await (const parts of batches(chunks(stream, options.signal))) {
      const length = parts.reduce((sum, part) => sum + part.length, 0)
      got += length
      unsynced += length
      if (got > maxBytes)
        throw new PackageError("PKG_TOO_LARGE", `the package is larger than ${maxBytes} bytes`)
      if (size !== undefined && got > size)
        throw new PackageError("PKG_SIZE", `wanted ${size} bytes, got more`)
      // The disk takes them while they are hashed.
      const writing = file.writev(parts)
      for (const part of parts) hash.update(part)
      const { bytesWritten } = await writing
      // A write may take less than all of it.
      if (bytesWritten < length) await file.writeFile(Buffer.concat(parts).subarray(bytesWritten))
      if (unsynced >= SYNC_EVERY) {
        await file.datasync()
        unsynced = 0
      }
    }
    await failpoint("fetch-after")
    await failpoint("verify-before")
    if (size !== undefined && got !== size) {
      throw new PackageError("PKG_INCOMPLETE", `wanted ${size} bytes, got ${got}`)
    }
    const sha256 = hash.digest("hex")
    if (sha256 !== digest) throw new PackageError("PKG_SHA256", `wanted sha256 ${digest}, got ${sha256}`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** As many chunks at once as make a megabyte: each write and each hash of a small one costs a turn of its own. */
async function* batches(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  let batch: Buffer[] = []
  let length = 0
  for await (const chunk of chunks) {
    batch.push(chunk)
    length += chunk.length
    if (length < BATCH) continue
    yield batch
    batch = []
    length = 0
  }
  if (batch.length > 0) yield batch
}

// A stream that breaks is the sender's failure, everything else that throws here is the disk's.
async function* chunks(stream: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const cancel = () => stream.destroy(new Error("cancelled"))
  if (signal?.aborted) cancel()
  signal?.addEventListener("abort", cancel, { once: true })
  try {
    // The stream stays alive when the reader stops, because an HTTP request is also the way for the answer.
    yield* stream.iterator({ destroyOnReturn: false })
  } catch (error) {
    if (signal?.aborted)
      throw new PackageError("PKG_CANCELLED", "cancelled while receiving", { cause: error })
    throw new PackageError("PKG_INCOMPLETE", "the sender stopped before the end", { cause: error })
  } finally {
    signal?.removeEventListener("abort", cancel)
  }
}
