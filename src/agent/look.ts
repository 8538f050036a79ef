import { readdir, stat } from "node:fs/promises"

/** What is in a folder, sorted; nothing where there is no folder. */
export async function names(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Something is there; a link that leads nowhere counts as nothing. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Nothing is there, or not what should be: a file where a folder is expected, a folder where a link is. */
export function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")
}
