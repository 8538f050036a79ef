import { PackageError } from "./error.js"

/** What a pax extended header (POSIX.1-2001) may say that matters to us; the rest is dates, owners and comments. */
export interface PaxFields {
  readonly path?: string
  readonly linkpath?: string
  readonly size?: number
}

/**
 * Reads the records `LENGTH KEY=VALUE\n` of a pax header. tar's own reader skips a record that is malformed or holds a
 * newline; here it is PKG_CORRUPT, because a skipped name would be a file in another place than other tools put it.
 */
export function parsePax(data: Buffer): PaxFields {
  const fields: { path?: string; linkpath?: string; size?: number } = {}
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at)
    const digits = space < 0 ? "" : data.toString("latin1", at, space)
    const end = at + Number(digits)
    if (!/^[1-9]\d{0,6}$/.test(digits) || end > data.length || end <= space + 1 || data[end - 1] !== 0x0a)
      throw corrupt()
    const equals = data.indexOf(0x3d, space)
    if (equals < 0 || equals >= end) throw corrupt()
    const key = data.toString("utf8", space + 1, equals)
    const value = data.toString("utf8", equals + 1, end - 1)
    if (key.startsWith("GNU.sparse.")) throw new PackageError("PKG_TYPE", "the package holds a sparse file")
    if (key === "path" || key === "linkpath") fields[key] = value
    if (key === "size") fields.size = sizeOf(value)
    at = end
  }
  return fields
}

function sizeOf(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw corrupt()
  return Number(value)
}

function corrupt(): PackageError {
  return new PackageError("PKG_CORRUPT", "the archive has a damaged extended header")
}
