import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** A file of the project, from its path below the top; the same whether this runs compiled or not. */
export function fromTop(path: string): string {
  return join(TOP, path)
}

/** The system's Python: a version manager's shim starts far slower. */
export const PYTHON = existsSync("/usr/bin/python3") ? "/usr/bin/python3" : "python3"

const TOP = topAbove(dirname(fileURLToPath(import.meta.url)))

function topAbove(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : topAbove(dirname(folder))
}
