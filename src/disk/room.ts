import { statfs } from "node:fs/promises"

/** Bytes and files that a folder's file system can still take; `files` is infinite where it does not count them. */
export async function roomIn(folder: string): Promise<{ readonly bytes: number; readonly files: number }> {
  const { bavail, bsize, files, ffree } = await statfs(folder)
  return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree }
}
