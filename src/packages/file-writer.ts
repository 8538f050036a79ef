import type { NewFile } from "./new-file.js"
import { createWritePool } from "./write-pool.js"

/** A small file that is to be. */
export interface SmallFile {
  /** Must not be there yet. */
  readonly path: string
  readonly mode: number
  readonly content: Buffer
  /** Makes what is thrown of a failure of the file system. */
  readonly failure: (error: unknown) => unknown
}

/** Writes small files, in any order. */
export interface FileWriter {
  /** Takes a file, and returns when there is room for another. Throws the first failure of any before it. */
  add(file: SmallFile): Promise<void>
  /** Returns when all files are written; throws the first failure. */
  drain(): Promise<void>
  /** Ends when nothing is being written any more; what was not written by then never is. */
  close(): Promise<void>
}

const WRITES_AT_ONCE = 16

/** Writes a few side by side in this thread; best for some hundred files. */
export function createFileWriter(newFile: NewFile): FileWriter {
  const pool = createWritePool(WRITES_AT_ONCE)
  return {
    add: ({ path, mode, content, failure }) =>
      pool.add(() =>
        newFile(path, mode, [content]).catch(error => {
          throw failure(error)
        }),
      ),
    drain: () => pool.drain(),
    close: () => pool.drain().catch(() => {}),
  }
}
