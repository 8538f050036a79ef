import { close, fchmod, fstat, open, write } from "node:fs"
import { promisify } from "node:util"

// Not node:fs/promises: its file objects cost as much as the calls themselves, when there are thousands of small files.
const calls = {
  open: promisify(open),
  write: promisify(write),
  stat: promisify(fstat),
  chmod: promisify(fchmod),
  close: promisify(close),
}

/** Writes a file that must not be there yet, with exactly this mode. Errors are those of the file system. */
export type NewFile = (
  path: string,
  mode: number,
  content: Iterable<Buffer> | AsyncIterable<Buffer>,
) => Promise<void>

/**
 * For the files of one folder and what is below it: they get their mode whatever umask or default ACL there is. What
 * `open` makes of a mode is looked at once, and holds for all.
 */
export function createNewFile(): NewFile {
  const keptByOpen = new Set<number>()

  return async (path, mode, content) => {
    const file = await calls.open(path, "wx", mode)
    try {
      for await (const part of content) await writeAll(file, part)
      if (keptByOpen.has(mode)) return
      if (((await calls.stat(file)).mode & 0o7777) === mode) keptByOpen.add(mode)
      else await calls.chmod(file, mode)
    } finally {
      await calls.close(file)
    }
  }
}

// A write may take less than all of it.
async function writeAll(file: number, bytes: Buffer): Promise<void> {
  for (let left = bytes; left.length > 0; ) {
    const { bytesWritten } = await calls.write(file, left)
    left = left.subarray(bytesWritten)
  }
}
