import * as fs from "node:fs"
import { open, rename, rm, truncate } from "node:fs/promises"
import { dirname } from "node:path"
import { promisify } from "node:util"

/** A growing file of raw bytes that is rotated like supervisord's: `.1` is the newest of the old ones. */
export interface LogFile {
  /**
   * Returns when the bytes are handed to the system, so that a writer who waits for it cannot fill the memory.
   * Never rejects: on a full disk bytes are lost and `report` hears of it, but the program goes on.
   */
  append(bytes: Buffer): Promise<void>
  close(): Promise<void>
}

export interface Rotation {
  /** Bytes at which the file is rotated; 0 = never. */
  readonly maxBytes: number
  /** Old files kept; 0 = rotating empties the file. */
  readonly backups: number
}

const write = promisify(fs.write)
const stat = promisify(fs.fstat)
const closeFile = promisify(fs.close)

/**
 * Opens a log for appending, making its folder; throws the error of the file system.
 * @param report hears of a failed write once, until one succeeds again
 */
export function openLogFile(path: string, rotation: Rotation, report: (why: Error) => void): LogFile {
  fs.mkdirSync(dirname(path), { recursive: true })
  let fd: number | undefined = fs.openSync(path, "a")
  let healthy = true
  let last: Promise<void> = Promise.resolve()

  /** One thing at a time: two programs' streams may share a file. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work).then(
      () => {
        healthy = true
      },
      (why: Error) => {
        if (healthy) report(why)
        healthy = false
      },
    )
    return last
  }

  const rotate = async (): Promise<void> => {
    const full = fd
    fd = undefined
    if (full !== undefined) await closeFile(full)
    await shift(path, rotation.backups)
    fd = fs.openSync(path, "a")
  }

  return {
    append: bytes =>
      inTurn(async () => {
        fd ??= fs.openSync(path, "a")
        for (let done = 0; done < bytes.length; ) done += (await write(fd, bytes, done)).bytesWritten
        // The true size is asked for, because others may empty the file (clearProcessLogs, logrotate).
        if (rotation.maxBytes > 0 && (await stat(fd)).size >= rotation.maxBytes) await rotate()
      }),
    close: () =>
      inTurn(async () => {
        const open = fd
        fd = undefined
        if (open !== undefined) await closeFile(open)
      }),
  }
}

/** Moves `log` to `log.1`, `log.1` to `log.2` and so on; the oldest is overwritten. */
async function shift(path: string, backups: number): Promise<void> {
  if (backups <= 0) {
    await rm(path, { force: true })
    return
  }
  for (let n = backups - 1; n >= 0; n--) {
    await rename(n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`).catch(ignoreMissing)
  }
}

/** Empties a log; one that does not exist is empty already. */
export async function clearLog(path: string): Promise<void> {
  await truncate(path).catch(ignoreMissing)
}

/** The most bytes that one reading gives; clients refuse answers over 16 MiB, and bad bytes become three each. */
export const LONGEST_READ = 4 * 1024 * 1024

/** The bytes from `start`, at most `length` and LONGEST_READ, and the size of the file; undefined when there is no such file. */
export async function readLog(
  path: string,
  range: (size: number) => { readonly start: number; readonly length: number },
): Promise<{ readonly bytes: Buffer; readonly size: number } | undefined> {
  const file = await open(path, "r").catch(ignoreMissing)
  if (file === undefined) return undefined
  try {
    const { size } = await file.stat()
    const { start, length } = range(size)
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - start, LONGEST_READ)))
    let got = 0
    while (got < bytes.length) {
      const { bytesRead } = await file.read(bytes, got, bytes.length - got, start + got)
      if (bytesRead === 0) break
      got += bytesRead
    }
    return { bytes: bytes.subarray(0, got), size }
  } finally {
    await file.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error
}
