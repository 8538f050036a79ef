import { readdir, rename, rm } from "node:fs/promises"
import { join, relative } from "node:path"
import { create } from "tar"
import { digestFile } from "./digest.js"

// The same for every file, so that the archive depends on the content only.
const MTIME = new Date("2000-01-01T00:00:00Z")

/**
 * Packs what is in `folder` into `file`, a .tar.gz: the same names, content, links and executable bits give the same
 * bytes. Says the digest and the size of the file.
 */
export async function packFolder(
  folder: string,
  file: string,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const names = found
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const aside = `${file}.packing`
  try {
    await create(
      {
        cwd: folder,
        file: aside,
        gzip: { level: 9 },
        portable: true,
        mtime: MTIME,
        noDirRecurse: true,
        strict: true,
        onWriteEntry: entry => {
          if (!entry.stat) return
          // The umask of whoever checked the folder out must not change the package.
          entry.stat.mode = entry.type === "Directory" || entry.stat.mode & 0o111 ? 0o755 : 0o644
        },
      },
      // A name that begins with @ would be read as an archive to take in.
      names.map(name => `./${name}`),
    )
    await rename(aside, file)
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  return digestFile(file)
}
