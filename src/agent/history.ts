import { type FileHandle, open } from "node:fs/promises"
import { dirname } from "node:path"
import { syncFolder } from "../disk/durable.js"

/** Adds an event to a task's history, one JSON a line; when it returns, the line survives a power cut. */
export async function appendHistory(path: string, event: Readonly<Record<string, unknown>>): Promise<void> {
  const file = await open(path, "a+", 0o644)
  try {
    const { size } = await file.stat()
    // The umask may have been 0.
    if (size === 0) await file.chmod(0o644)
    const line = `${JSON.stringify(event)}\n`
    await file.appendFile((await endsCleanly(file, size)) ? line : `\n${line}`)
    await file.sync()
    if (size === 0) await syncFolder(dirname(path))
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
