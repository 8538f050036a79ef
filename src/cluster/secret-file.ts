import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs"
import { quote } from "shlex"
import { printable } from "../model/visible.js"
import type { Found, NotFound } from "./secret-lookup.js"

// A secret is a line; what is larger was named by mistake.
const MAX_BYTES = 1024 * 1024

/**
 * What is in a secret file, without one line break at its end. Refused where anybody but its owner may read or write it, and where its
 * owner is neither the user of minos nor root. `name`: the file as the cluster file names it.
 */
export function readSecretFile(path: string, name: string): Found {
  const shown = `the secret file ${printable(name)}`
  const refuse = (what: string, more: Partial<NotFound> = {}): NotFound => {
    return { kind: "missing", message: `${shown} ${what}`, ...more }
  }
  let file: number | undefined
  try {
    // Asked of the open file, so that it is the one that is read; without waiting, for a pipe has no writer perhaps.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = fstatSync(file)
    if (!stat.isFile()) return refuse("is not a file")
    const open = openness(stat, path)
    if (open !== undefined) return refuse(open.what, { code: "SECRET_MODE", hint: open.hint })
    if (stat.size > MAX_BYTES) return refuse("is larger than 1 MiB")
    const value = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file)).replace(/\r?\n$/, "")
    return value === "" ? refuse("is empty") : { kind: "value", value }
  } catch (error) {
    if (error instanceof TypeError) return refuse("is not UTF-8 text")
    const code = (error as NodeJS.ErrnoException).code
    if (code === "ENOENT" || code === "ENOTDIR")
      return refuse("does not exist", { hint: "Its path starts from the folder of the cluster file." })
    return refuse(`cannot be read (${code ?? "unknown error"})`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Who else gets at the file, and the command that ends it; undefined when nobody does. */
function openness(
  { mode, uid }: Pick<Stats, "mode" | "uid">,
  path: string,
): { readonly what: string; readonly hint: string } | undefined {
  const user = process.getuid?.()
  if (uid !== user && uid !== 0) {
    const what = `belongs to another user (uid ${uid}), who can change it`
    return { what, hint: `Type: sudo chown ${user} ${quote(path)}` }
  }
  if ((mode & 0o077) === 0) return undefined
  const digits = (mode & 0o7777).toString(8).padStart(4, "0")
  return {
    what: `may be used by others than its owner (mode ${digits})`,
    hint: `Type: chmod 600 ${quote(path)}`,
  }
}
