import { Header } from "tar"
import { printable } from "../model/visible.js"
import type { ByteReader } from "./byte-reader.js"
import { PackageError } from "./error.js"
import { type PaxFields, parsePax } from "./pax.js"

const BLOCK = 512
/** Long names and extended headers are small; a large one is an attack. */
const META_BYTES = 64 * 1024

/** One thing in a tar archive, as it says itself: nothing of it has been checked but its framing. */
export interface ArchiveEntry {
  readonly kind: "file" | "folder" | "symlink" | "hardlink"
  readonly name: string
  /** Permission bits, setuid and the like included. */
  readonly mode: number
  /** Bytes of content, 0 for all but files. */
  readonly size: number
  /** Where a link leads, else "". */
  readonly link: string
  /** The content, to be read before the next entry is asked for; what is not read is skipped. */
  content(): AsyncGenerator<Buffer>
}

/**
 * The entries of a tar archive in order: ustar, GNU long names and pax. tar decodes each header; the frame is read here,
 * because tar's own reader takes an archive without its end for whole and skips types it does not know.
 * Throws PKG_CORRUPT unless every header and every content is whole and the archive ends with two zero blocks and
 * nothing else, PKG_TYPE for devices, fifos, sparse files and all that is not in `ArchiveEntry`.
 */
export async function* readArchive(bytes: ByteReader): AsyncGenerator<ArchiveEntry> {
  let next: PaxFields = {}
  for (;;) {
    const block = await readBlock(bytes)
    if (isZero(block)) {
      if (Object.keys(next).length > 0) throw corrupt("a header for an entry that is not there")
      return await readEnd(bytes)
    }
    const header = decode(block)
    switch (header.type) {
      case "ExtendedHeader":
        next = { ...next, ...parsePax(await readMeta(bytes, header)) }
        break
      case "GlobalExtendedHeader":
        // `git archive` writes one with a comment; one that moves every entry is nothing a packer does.
        if (Object.keys(parsePax(await readMeta(bytes, header))).length > 0) {
          throw new PackageError("PKG_TYPE", "the package holds a global header that changes names or sizes")
        }
        break
      case "NextFileHasLongPath":
        next = { path: text(await readMeta(bytes, header)), ...next }
        break
      case "NextFileHasLongLinkpath":
        next = { linkpath: text(await readMeta(bytes, header)), ...next }
        break
      default:
        yield* readEntry(bytes, header, next)
        next = {}
    }
  }
}

async function* readEntry(bytes: ByteReader, header: Header, pax: PaxFields): AsyncGenerator<ArchiveEntry> {
  const name = pax.path ?? header.path ?? ""
  const kind = kindOf(header, name)
  const size = sizeOf(header)
  if (pax.size !== undefined && pax.size !== size) throw corrupt(`two sizes for ${printable(name)}`)
  if (kind !== "file" && size > 0) throw corrupt(`content for ${printable(name)}, which cannot have any`)
  const { mode } = header
  if (mode === undefined || mode < 0) throw corrupt(`no mode for ${printable(name)}`)

  let left = size
  async function* content(): AsyncGenerator<Buffer> {
    while (left > 0) {
      const part = await bytes.some(left)
      if (part.length === 0) throw corrupt(`it ends inside ${printable(name)}`)
      left -= part.length
      yield part
    }
  }
  const link = kind === "symlink" || kind === "hardlink" ? (pax.linkpath ?? header.linkpath ?? "") : ""
  yield { kind, name, mode: mode & 0o7777, size, link, content }
  for await (const _skipped of content());
  const padding = (BLOCK - (size % BLOCK)) % BLOCK
  if ((await bytes.read(padding)).length < padding) throw corrupt(`it ends inside ${printable(name)}`)
}

async function readBlock(bytes: ByteReader): Promise<Buffer> {
  const block = await bytes.read(BLOCK)
  if (block.length === 0) throw corrupt("it ends without its end marker")
  if (block.length < BLOCK) throw corrupt("it ends inside a header")
  return block
}

async function readEnd(bytes: ByteReader): Promise<void> {
  if (!isZero(await readBlock(bytes))) throw corrupt("a lone zero block")
  for (;;) {
    // Packers fill up to 10 KiB with zeros; the last block may be short only if the whole was cut.
    const block = await bytes.read(BLOCK)
    if (block.length === 0) return
    if (block.length < BLOCK || !isZero(block)) throw corrupt("something follows its end")
  }
}

async function readMeta(bytes: ByteReader, header: Header): Promise<Buffer> {
  const size = sizeOf(header)
  if (size > META_BYTES)
    throw new PackageError("PKG_LIMIT", `the archive has an extended header of ${size} bytes`)
  const padded = Math.ceil(size / BLOCK) * BLOCK
  const data = await bytes.read(padded)
  if (data.length < padded) throw corrupt("it ends inside an extended header")
  return data.subarray(0, size)
}

function decode(block: Buffer): Header {
  let header: Header
  try {
    header = new Header(block)
  } catch {
    throw corrupt("a header with an impossible number")
  }
  if (!header.cksumValid) throw corrupt("a header with a wrong checksum")
  // tar takes a folder's size for 0 whatever it says, and would read its content as headers.
  if (header.type === "Directory" && /[1-9\x80-\xff]/.test(block.toString("latin1", 124, 136))) {
    throw corrupt(`content for ${printable(header.path ?? "")}, which cannot have any`)
  }
  return header
}

function kindOf(header: Header, name: string): ArchiveEntry["kind"] {
  switch (header.type) {
    case "File":
    case "OldFile":
      // Before ustar, a folder was a file with a slash at the end of its name.
      return name.endsWith("/") ? "folder" : "file"
    case "Directory":
      return "folder"
    case "SymbolicLink":
      return "symlink"
    case "Link":
      return "hardlink"
    default:
      throw new PackageError(
        "PKG_TYPE",
        `${printable(name)} is neither a file nor a folder nor a link (${header.type ?? "unknown type"})`,
      )
  }
}

function sizeOf(header: Header): number {
  if (header.size === undefined || !Number.isSafeInteger(header.size))
    throw corrupt("a header without a size")
  return header.size
}

function text(data: Buffer): string {
  const end = data.indexOf(0)
  return data.toString("utf8", 0, end < 0 ? data.length : end)
}

function isZero(block: Buffer): boolean {
  return block.every(byte => byte === 0)
}

function corrupt(what: string): PackageError {
  return new PackageError("PKG_CORRUPT", `the archive is damaged or cut: ${what}`)
}
