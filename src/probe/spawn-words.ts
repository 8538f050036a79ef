import { existsSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { printable } from "../model/visible.js"

/** Why a command could not be started, as one line. Looks at the disk, because ENOENT alone has three meanings. */
export function spawnWords(
  error: NodeJS.ErrnoException,
  { argv, cwd }: { readonly argv: readonly string[]; readonly cwd?: string | undefined },
): string {
  const program = argv[0] ?? ""
  const name = `"${printable(program)}"`
  if (cwd !== undefined && !isFolder(cwd)) return `the folder "${printable(cwd)}" does not exist`
  switch (error.code) {
    case "ENOENT":
      if (!program.includes("/")) return `there is no command ${name} in PATH`
      return existsSync(resolve(cwd ?? "", program))
        ? `the interpreter that ${name} names in its first line does not exist`
        : `there is no file ${name}`
    case "EACCES":
      return isFolder(resolve(cwd ?? "", program)) && program.includes("/")
        ? `${name} is a folder`
        : `${name} may not be executed; chmod +x makes it executable`
    case "E2BIG":
      return `${name} has too long arguments or too large an environment`
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return `this machine has no room for another process (${error.code})`
    default:
      return `${name} could not be started: ${error.code ?? printable(error.message)}`
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
