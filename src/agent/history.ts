import { type FileHandle, open, readFile } from "node:fs/promises"
import { dirname } from "node:path"
import { syncFolder } from "../disk/durable.js"

/** Adds an event to a task's history, one JSON a line; when it returns, the line survives a power cut. Nobody else may read it. */
export async function appendHistory(path: string, event: Readonly<Record<string, unknown>>): Promise<void> {
  const file = await open(path, "a+", 0o600)
  try {
    const { size, mode } = await file.stat()
    // Older agents let others read it.
    if ((mode & 0o777) !== 0o600) await file.chmod(0o600)
    const line = `${JSON.stringify(event)}\n`
    await file.appendFile((await endsCleanly(file, size)) ? line : `\n${line}`)
    await file.sync()
    if (size === 0) await syncFolder(dirname(path))
  } finally {
    await file.close()
  }
}

// A thousand events and more, however old the task is.
const RECENT = 256 * 1024

/** The last events of a history, oldest first. What a crash cut short is passed over; without a file there are none. */
export async function recentHistory(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await tailOf(path)
  return text.split("\n").flatMap(line => {
    try {
      const event: unknown = JSON.parse(line)
      return typeof event === "object" && event !== null ? [event as Record<string, unknown>] : []
    } catch {
      return []
    }
  })
}

/** True when an event of this name stands anywhere in a history. */
export async function hasHappened(path: string, event: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return ""
    throw error
  })
  return text.includes(`"event":${JSON.stringify(event)}`)
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
  if (!file) return ""
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, RECENT)), {
      position: Math.max(0, size - RECENT),
    })
    return buffer.toString("utf8", 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** False where a crash or a full disk left a line without its end. */
async function endsCleanly(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}
