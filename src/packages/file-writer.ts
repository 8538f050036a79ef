import { createFileWriterThread } from "./file-writer-thread.js"
import type { NewFile } from "./new-file.js"

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

/** What a thread is not worth its start for. */
const FEW_FILES = 100
const FEW_BYTES = 1024 * 1024

/** Takes files of up to `largest` bytes. A few are written by `newFile` in the end, and when there are more, all of them in a thread of its own. */
export function createFileWriter(largest: number, newFile: NewFile): FileWriter {
  const few: SmallFile[] = []
  let bytes = 0
  let thread: FileWriter | undefined
  let written: Promise<void> | undefined

  async function add(file: SmallFile): Promise<void> {
    if (thread) return await thread.add(file)
    // A copy, because a view into what was read keeps all of it.
    few.push({ ...file, content: Buffer.from(file.content) })
    bytes += file.content.length
    if (few.length <= FEW_FILES && bytes <= FEW_BYTES) return
    thread = createFileWriterThread(largest)
    for (const one of few.splice(0)) await thread.add(one)
  }

  async function writeFew(): Promise<void> {
    for (const { path, mode, content, failure } of few) {
      await newFile(path, mode, [content]).catch(error => {
        throw failure(error)
      })
    }
  }

  return {
    add,
    drain: async () => {
      if (thread) return await thread.drain()
      written ??= writeFew()
      await written
    },
    close: async () => thread?.close(),
  }
}
