/** What became of bytes of a chunked body. */
export type Chunked =
  | { readonly kind: "more" | "broken" }
  /** The body is whole; so many bytes after it are no part of it. */
  | { readonly kind: "whole"; readonly rest: number }

const MAX_LINE = 16 * 1024

/** Reads a body in chunks (RFC 9112, section 7.1): gives its contents to `found`, and leaves extensions and trailers out. */
export function chunkReader(found: (bytes: Buffer) => void): (bytes: Buffer) => Chunked {
  let state: "size" | "data" | "data-end" | "trailer" = "size"
  let line = ""
  // Bytes of the chunk that are to come.
  let left = 0
  let trailers = 0

  function ended(): "more" | "broken" | "whole" {
    switch (state) {
      case "size": {
        const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[^\r\0]*)?$/.exec(line)?.[1]
        if (size === undefined) return "broken"
        left = Number.parseInt(size, 16)
        state = left === 0 ? "trailer" : "data"
        return "more"
      }
      case "data":
      case "data-end":
        state = "size"
        return line === "" ? "more" : "broken"
      case "trailer":
        trailers += line.length
        return line === "" ? "whole" : trailers > MAX_LINE ? "broken" : "more"
    }
  }

  return bytes => {
    let at = 0
    while (at < bytes.length) {
      if (state === "data") {
        const part = bytes.subarray(at, at + left)
        found(part)
        at += part.length
        left -= part.length
        if (left === 0) state = "data-end"
        continue
      }
      const end = bytes.indexOf("\n", at)
      line += bytes.toString("latin1", at, end < 0 ? bytes.length : end)
      if (line.length > MAX_LINE || (state === "data-end" && !"\r".startsWith(line)))
        return { kind: "broken" }
      if (end < 0) return { kind: "more" }
      at = end + 1
      if (!line.endsWith("\r")) return { kind: "broken" }
      line = line.slice(0, -1)
      const kind = ended()
      line = ""
      if (kind === "whole") return { kind, rest: bytes.length - at }
      if (kind === "broken") return { kind }
    }
    return { kind: "more" }
  }
}
