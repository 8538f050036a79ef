import { randomBytes } from "node:crypto"
import fc from "fast-check"
import { beforeEach, expect, test } from "vitest"
import { type BlockSource, createBlocks } from "../../src/packages/blocks.js"

const BLOCK = 512 * 1024
const content = randomBytes(5 * BLOCK + 12_345)
const all = { start: 0, end: content.length - 1 }

let reads: { at: number; length: number }[]
let source: BlockSource
beforeEach(() => {
  reads = []
  source = { key: "a", size: content.length, file: { read } as unknown as BlockSource["file"] }
})

// Never more than 300,000 bytes at once, as a file may.
async function read(buffer: Buffer, offset: number, length: number, at: number) {
  reads.push({ at, length })
  const bytesRead = content.copy(buffer, offset, at, at + Math.min(length, 300_000))
  return { bytesRead, buffer }
}

async function whole(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const piece of pieces) parts.push(Buffer.from(piece))
  return Buffer.concat(parts)
}

const begun = () => reads.filter(({ at }) => at % BLOCK === 0).length

test("twenty who read side by side read each block once, and keep nothing afterwards", async () => {
  const blocks = createBlocks()
  const got = await Promise.all(Array.from({ length: 20 }, () => whole(blocks.read(source, all))))
  for (const bytes of got) expect(bytes.equals(content)).toBe(true)
  expect(begun()).toBe(6)
  expect(blocks.count).toBe(0)
})

test("one who is behind, but not further than what is in memory, costs no read", async () => {
  const blocks = createBlocks(4)
  const [late, ahead] = [blocks.read(source, all), blocks.read(source, all)]
  for (let step = 0; step < 3; step++) await ahead.next()
  const got = [late.next(), late.next(), late.next()]
  expect((await Promise.all(got)).map(({ value }) => value?.length)).toEqual([BLOCK, BLOCK, BLOCK])
  expect([begun(), blocks.count]).toEqual([3, 3])
  await Promise.all([whole(late), whole(ahead)])
  expect(begun()).toBe(6)
})

test("however many stand still, memory is bounded, and who goes on gets all of it", async () => {
  const blocks = createBlocks(2)
  const idle = Array.from({ length: 6 }, (_, block) =>
    blocks.read(source, { start: block * BLOCK, end: all.end }),
  )
  const pieces: number[] = []
  for (const reader of idle) pieces.push((await reader.next()).value?.length ?? 0)
  expect(pieces).toEqual([BLOCK, BLOCK, 65_536, 65_536, 65_536, 12_345])
  expect(blocks.count).toBe(2)
  expect((await whole(blocks.read(source, all))).equals(content)).toBe(true)
  expect(blocks.count).toBe(2)
  for (const reader of idle) await reader.return(undefined)
  expect(blocks.count).toBe(0)
})

test("a short range reads no whole block for itself, and uses one that is there", async () => {
  const blocks = createBlocks()
  const range = { start: BLOCK + 5, end: BLOCK + 9 }
  expect((await whole(blocks.read(source, range))).equals(content.subarray(BLOCK + 5, BLOCK + 10))).toBe(true)
  expect(reads).toEqual([{ at: BLOCK + 5, length: 5 }])
  const holder = blocks.read(source, { start: BLOCK, end: all.end })
  await holder.next()
  const before = reads.length
  expect((await whole(blocks.read(source, range))).equals(content.subarray(BLOCK + 5, BLOCK + 10))).toBe(true)
  expect(reads.length).toBe(before)
})

test("a read that fails fails all who wait for it, and is tried again for the next", async () => {
  const blocks = createBlocks()
  const broken = {
    ...source,
    file: { read: () => Promise.reject(new Error("EIO")) } as unknown as BlockSource["file"],
  }
  const one = whole(blocks.read(broken, all))
  const two = whole(blocks.read(source, all))
  await expect(one).rejects.toThrow("EIO")
  await expect(two).rejects.toThrow("EIO")
  expect(blocks.count).toBe(0)
  expect((await whole(blocks.read(source, all))).equals(content)).toBe(true)
})

test("a file that has become shorter is an error, not an end", async () => {
  const longer = { ...source, size: content.length + 1 }
  await expect(whole(createBlocks().read(longer, { start: 0, end: content.length }))).rejects.toThrow(
    /ends at/,
  )
})

test("whatever ranges are read in whatever steps, each gets its bytes", async () => {
  const at = fc.nat(all.end)
  const range = fc.tuple(at, at).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }))
  await fc.assert(
    fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 6 }), fc.nat(3), async (ranges, most) => {
      const blocks = createBlocks(most)
      await Promise.all(
        ranges.map(async one => {
          const got = await whole(blocks.read(source, one))
          expect(got.equals(content.subarray(one.start, one.end + 1))).toBe(true)
          expect(blocks.count).toBeLessThanOrEqual(most)
        }),
      )
      expect(blocks.count).toBe(0)
    }),
    { numRuns: 30 },
  )
})
