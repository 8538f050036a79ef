import { statfs } from "node:fs/promises"

/** What a file system can still take; `files` is infinite where it does not count them. */
export interface Room {
  readonly bytes: number
  readonly files: number
}

/** The room in a folder's file system. */
export async function roomIn(folder: string): Promise<Room> {
  const { bavail, bsize, files, ffree } = await statfs(folder)
  return { bytes: bavail * bsize, files: files === 0 ? Number.POSITIVE_INFINITY : ffree }
}
