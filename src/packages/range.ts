/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads an HTTP `Range` header for content of `size` bytes (RFC 9110, 14.1.2): one range, `unsatisfiable` for a 416, or
 * undefined when the whole is to be sent: no header, another unit, several ranges or a malformed one.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "")
  if (!match) return undefined
  const [, from = "", to = ""] = match
  if (from === "" && to === "") return undefined
  if (from === "") {
    const last = Number(to)
    if (last === 0 || size === 0) return "unsatisfiable"
    return { start: Math.max(0, size - last), end: size - 1 }
  }
  const start = Number(from)
  const end = to === "" ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== "" && Number(to) < start) return undefined
  return start < size ? { start, end } : "unsatisfiable"
}
