import { lstat, readdir, readFile, readlink } from "node:fs/promises"
import { join, relative } from "node:path"

/** A folder as a flat object, for comparing: each path with its kind, mode and content; "" is the folder itself. */
export async function readTree(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true })
  const paths = [folder, ...found.map(name => join(folder, name))].sort()
  const entries = await Promise.all(
    paths.map(async path => [relative(folder, path), await describe(path)] as const),
  )
  return Object.fromEntries(entries)
}

async function describe(path: string): Promise<string> {
  const stat = await lstat(path)
  if (stat.isSymbolicLink()) return `link ${await readlink(path)}`
  const mode = (stat.mode & 0o7777).toString(8)
  return stat.isDirectory() ? `folder ${mode}` : `file ${mode} ${await readFile(path, "utf8")}`
}
