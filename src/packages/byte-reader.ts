/** Reads a stream of buffers by count; what is handed out are mostly views into them. */
export interface ByteReader {
  /** Exactly `count` bytes, or what was left when the stream ended before. */
  read(count: number): Promise<Buffer>
  /** Up to `most` bytes, as they come; empty only at the end. */
  some(most: number): Promise<Buffer>
}

/** A reader over a stream of buffers, each of which belongs to the reader: what it gave may be kept. */
export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function some(most: number): Promise<Buffer> {
    while (rest.length === 0) {
      const next = await chunks.next()
      if (next.done) return rest
      rest = next.value
    }
    const taken = rest.subarray(0, most)
    rest = rest.subarray(taken.length)
    return taken
  }

  async function read(count: number): Promise<Buffer> {
    const first = await some(count)
    if (first.length === count || first.length === 0) return first
    const parts = [first]
    let got = first.length
    while (got < count) {
      const part = await some(count - got)
      if (part.length === 0) break
      parts.push(part)
      got += part.length
    }
    return Buffer.concat(parts)
  }

  return { read, some }
}
