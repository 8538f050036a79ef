import type { FileHandle } from "node:fs/promises"
import type { ByteRange } from "./range.js"

/** Half a megabyte, because the kernel takes larger ones slower: they fall out of the processor's caches. */
const BLOCK = 512 * 1024
/** Of what is read for one alone. */
const PIECE = 64 * 1024

/** Content that many read at the same time. */
export interface BlockSource {
  /** The same for the same bytes, whoever opened them. */
  readonly key: string
  /** Must stay open until the reading ended. */
  readonly file: Pick<FileHandle, "read">
  /** Bytes of the whole file. */
  readonly size: number
}

/** Blocks of files in memory, each read once for all who are near it. */
export interface Blocks {
  /**
   * The bytes of a range, in pieces of up to a block, 512 KiB. A piece counts as held until the next one is asked for, so a reader
   * that stops holds one block at most. Throws what reading throws, and an Error when the file has become shorter.
   */
  read(source: BlockSource, range: ByteRange): AsyncGenerator<Buffer>
  /** Blocks in memory now; 0 when nobody reads. */
  readonly count: number
}

interface Block {
  readonly bytes: Promise<Buffer>
  holders: number
}

/**
 * Keeps up to `most` blocks, 32 MiB unless given. Where all of them are held, by readers who are slow and far from each other, the
 * next ones read small pieces for themselves: memory is that and 64 KiB a reader, however many they are.
 */
export function createBlocks(most = 64): Blocks {
  // In the order in which they were last asked for.
  const blocks = new Map<string, Block>()
  let readers = 0

  async function* read(source: BlockSource, { start, end }: ByteRange): AsyncGenerator<Buffer> {
    readers++
    try {
      for (let at = start; at <= end; ) {
        const wanted = Math.min(end + 1 - at, BLOCK - (at % BLOCK))
        const block = take(source, at, wanted)
        try {
          const piece = block
            ? (await block.bytes).subarray(at % BLOCK, (at % BLOCK) + wanted)
            : await readAt(source, at, Math.min(wanted, PIECE))
          yield piece
          at += piece.length
        } finally {
          if (block) block.holders--
        }
      }
    } finally {
      if (--readers === 0) blocks.clear()
    }
  }

  function take(source: BlockSource, at: number, wanted: number): Block | undefined {
    const first = at - (at % BLOCK)
    const name = `${source.key} ${first}`
    const size = Math.min(BLOCK, source.size - first)
    const block =
      blocks.get(name) ?? (wanted >= Math.min(PIECE, size) ? add(name, source, first, size) : undefined)
    if (!block) return undefined
    block.holders++
    blocks.delete(name)
    blocks.set(name, block)
    return block
  }

  function add(name: string, source: BlockSource, first: number, size: number): Block | undefined {
    if (blocks.size >= most) {
      const unheld = [...blocks].find(([, { holders }]) => holders === 0)
      if (!unheld) return undefined
      blocks.delete(unheld[0])
    }
    const bytes = readAt(source, first, size)
    const block: Block = { bytes, holders: 0 }
    // Who comes later tries again.
    bytes.catch(() => blocks.get(name) === block && blocks.delete(name))
    return block
  }

  return {
    read,
    get count() {
      return blocks.size
    },
  }
}

async function readAt({ file }: BlockSource, at: number, size: number): Promise<Buffer> {
  // Not from the pool of small buffers, where a piece that is kept keeps others.
  const bytes = Buffer.allocUnsafeSlow(size)
  for (let got = 0; got < size; ) {
    const { bytesRead } = await file.read(bytes, got, size - got, at + got)
    if (bytesRead === 0) throw new Error(`the file ends at ${at + got}`)
    got += bytesRead
  }
  return bytes
}
