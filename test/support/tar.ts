import { gzipSync } from "node:zlib"

/** One header of a tar archive, field by field, so that a test can write what no packer would. */
export interface RawEntry {
  readonly name: string
  /** The type letter: 0 file, 1 hard link, 2 symbolic link, 3 device, 5 folder, 6 fifo, x pax, L GNU long name, ... */
  readonly type?: string
  readonly mode?: number
  readonly link?: string
  readonly content?: string | Buffer
  /** What the header says, when it is not the length of the content. */
  readonly size?: number
  readonly checksum?: number
}

const BLOCK = 512

/** The header and the padded content of one entry. */
export function tarEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? "")
  return Buffer.concat([tarHeader(entry), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)])
}

/** One ustar header. */
export function tarHeader({
  name,
  type = "0",
  mode,
  link = "",
  content = "",
  size,
  checksum,
}: RawEntry): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(name, 0, 100, "utf8")
  octal(block, 100, 8, mode ?? (type === "5" ? 0o755 : 0o644))
  octal(block, 108, 8, 0)
  octal(block, 116, 8, 0)
  octal(block, 124, 12, size ?? Buffer.byteLength(content))
  octal(block, 136, 12, 0)
  block.write("        ", 148, "latin1")
  block.write(type, 156, "latin1")
  block.write(link, 157, 100, "utf8")
  block.write("ustar\x0000", 257, "latin1")
  octal(block, 148, 7, checksum ?? block.reduce((sum, byte) => sum + byte, 0))
  return block
}

/** A pax extended header for the entry after it. */
export function paxEntry(fields: Readonly<Record<string, string>>, type = "x"): Buffer {
  const content = Object.entries(fields).map(([key, value]) => paxRecord(key, value))
  return tarEntry({ name: "PaxHeader", type, content: content.join("") })
}

/** Two zero blocks. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

/** A whole archive, not compressed: entries, or bytes as they are, and the end. */
export function tar(...entries: readonly (RawEntry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map(entry => (Buffer.isBuffer(entry) ? entry : tarEntry(entry))), TAR_END])
}

/** A whole archive, compressed. */
export function tarGz(...entries: readonly (RawEntry | Buffer)[]): Buffer {
  return gzipSync(tar(...entries))
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), at, length - 1, "latin1")
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length) {
    length = String(length).length + Buffer.byteLength(rest)
  }
  return `${length}${rest}`
}
