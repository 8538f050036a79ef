import { firstUnprintable } from "../model/visible.js"

const LONGEST_PATH = 1_024
const LONGEST_PART = 255

/** Why no file of a release can have this path, or undefined. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "is empty"
  if (path.startsWith("/")) return "is absolute"
  if (firstUnprintable(path) !== undefined) return "holds a control character"
  if (Buffer.byteLength(path) > LONGEST_PATH) return `is longer than ${LONGEST_PATH} bytes`
  const parts = path.split("/")
  if (parts.some(part => part === "" || part === "." || part === ".."))
    return 'has an empty part, "." or ".."'
  if (parts.some(part => Buffer.byteLength(part) > LONGEST_PART))
    return `has a part longer than ${LONGEST_PART} bytes`
  return undefined
}

/** Why files of one release cannot have these paths together, or undefined. Each alone must be right. */
export function clash(paths: readonly string[]): string | undefined {
  const files = new Set<string>()
  for (const path of paths) {
    if (files.has(path)) return `${path} is there twice`
    files.add(path)
  }
  for (const path of paths) {
    const above = foldersOf(path).find(folder => files.has(folder))
    if (above !== undefined) return `${above} is a file, and a folder of ${path} as well`
  }
  return undefined
}

/** The folders that a file needs, the outermost first: `a` and `a/b` for `a/b/c`. */
export function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1)
  return parts.map((_, n) => parts.slice(0, n + 1).join("/"))
}
