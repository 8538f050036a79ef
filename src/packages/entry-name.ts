import { firstUnprintable, printable } from "../model/visible.js"
import { PackageError } from "./error.js"
import type { UnpackLimits } from "./limits.js"

/**
 * The parts of a name in an archive, without `.` and doubled slashes; none for the package's own folder.
 * Throws PKG_PATH for a name that is empty, absolute, climbs with `..`, or is not plain text, and PKG_LIMIT for one
 * that is too long or too deep.
 */
export function nameParts(name: string, limits: UnpackLimits): readonly string[] {
  const shown = printable(name)
  if (name === "") throw new PackageError("PKG_PATH", "an entry has no name")
  if (firstUnprintable(name) !== undefined)
    throw new PackageError("PKG_PATH", `${shown} has control characters in its name`)
  // The reader puts U+FFFD where bytes are not UTF-8: two such names could be one.
  if (name.includes("\ufffd")) throw new PackageError("PKG_PATH", `${shown} is not UTF-8`)
  if (/^[\\/]|^[A-Za-z]:[\\/]/.test(name)) throw new PackageError("PKG_PATH", `${shown} is an absolute path`)
  // A backslash is a letter on Linux, but no honest package has `..\` in a name.
  if (name.split(/[\\/]/).includes(".."))
    throw new PackageError("PKG_PATH", `${shown} leaves the package's folder`)

  const parts = name.split("/").filter(part => part !== "" && part !== ".")
  if (parts.length > limits.depth) {
    throw new PackageError("PKG_LIMIT", `${shown} is more than ${limits.depth} folders deep`)
  }
  if (parts.some(part => Buffer.byteLength(part) > limits.partBytes)) {
    throw new PackageError("PKG_LIMIT", `${shown} has a part of more than ${limits.partBytes} bytes`)
  }
  if (Buffer.byteLength(name) > limits.pathBytes) {
    throw new PackageError("PKG_LIMIT", `${shown} is longer than ${limits.pathBytes} bytes`)
  }
  return parts
}
