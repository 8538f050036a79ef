import { createHash, randomBytes } from "node:crypto"
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PassThrough, Readable } from "node:stream"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { digestFile, isDigest } from "../../src/packages/digest.js"
import { createStore, type Store } from "../../src/packages/store.js"
import { withSmallDisk } from "../support/small-disk.js"

let root: string
let store: Store
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "minos-store-"))
  store = createStore(root)
})
afterEach(() => rm(root, { recursive: true, force: true }))

const content = randomBytes(3_000_000)
const digest = createHash("sha256").update(content).digest("hex")

function pieces(data: Buffer, size = 100_000): Readable {
  const parts: Buffer[] = []
  for (let at = 0; at < data.length; at += size) parts.push(data.subarray(at, at + size))
  return Readable.from(parts)
}

async function expectNothing(): Promise<void> {
  expect(await store.has(digest)).toBe(false)
  expect(await readdir(store.staging)).toEqual([])
  expect(await readdir(join(root, "blobs", "sha256"))).toEqual([])
}

describe("put", () => {
  test("keeps what has the right digest, and has says so", async () => {
    expect(await store.has(digest)).toBe(false)
    await store.put(digest, pieces(content), { size: content.length, maxBytes: content.length })
    expect(await store.has(digest)).toBe(true)
    expect(store.path(digest)).toBe(join(root, "blobs", "sha256", digest))
    expect((await readFile(store.path(digest))).equals(content)).toBe(true)
    expect(await digestFile(store.path(digest))).toEqual({ sha256: digest, size: content.length })
    expect(await readdir(store.staging)).toEqual([])
  })

  test("is for nobody else to read, and neither is what an older agent stored", async () => {
    await store.put(digest, pieces(content))
    const modes = () =>
      Promise.all(
        [store.path(digest), join(root, "blobs")].map(async path => (await stat(path)).mode & 0o777),
      )
    expect(await modes()).toEqual([0o600, 0o700])
    await chmod(join(root, "blobs"), 0o755)
    await store.clean()
    expect(await modes()).toEqual([0o600, 0o700])
  })

  test("of another content is PKG_SHA256, names both digests and keeps nothing", async () => {
    const other = createHash("sha256").update("other").digest("hex")
    await expect(store.put(digest, Readable.from([Buffer.from("other")]))).rejects.toMatchObject({
      code: "PKG_SHA256",
      message: `wanted sha256 ${digest}, got ${other}`,
    })
    await expectNothing()
  })

  test.each([
    ["less than announced", "PKG_INCOMPLETE", { size: content.length + 1 }],
    ["more than announced", "PKG_SIZE", { size: content.length - 1 }],
    ["more than is taken", "PKG_TOO_LARGE", { maxBytes: content.length - 1 }],
  ])("%s is %s and keeps nothing", async (_what, code, options) => {
    await expect(store.put(digest, pieces(content), options)).rejects.toMatchObject({ code })
    await expectNothing()
  })

  test("of a stream that breaks is PKG_INCOMPLETE and keeps nothing", async () => {
    const stream = new PassThrough()
    stream.write(content.subarray(0, 1000))
    const put = store.put(digest, stream)
    stream.destroy(new Error("gone"))
    await expect(put).rejects.toMatchObject({ code: "PKG_INCOMPLETE" })
    await expectNothing()
  })

  test.each(["before", "while"])("cancelled %s it waits is PKG_CANCELLED and keeps nothing", async when => {
    const cancel = new AbortController()
    const stream = new PassThrough()
    stream.write(content.subarray(0, 1000))
    if (when === "before") cancel.abort()
    const put = store.put(digest, stream, { signal: cancel.signal })
    cancel.abort()
    await expect(put).rejects.toMatchObject({ code: "PKG_CANCELLED" })
    expect(stream.destroyed).toBe(true)
    await expectNothing()
  })

  test("many at once of one digest, one of them wrong, all but that one succeed", async () => {
    const wrong = store.put(digest, Readable.from([Buffer.from("wrong")]))
    const right = Array.from({ length: 8 }, (_, index) => store.put(digest, pieces(content, 50_000 + index)))
    await expect(wrong).rejects.toMatchObject({ code: "PKG_SHA256" })
    await Promise.all(right)
    expect((await digestFile(store.path(digest))).sha256).toBe(digest)
    expect(await readdir(store.staging)).toEqual([])
  })

  test("on a full disk is PKG_NO_SPACE, keeps nothing and harms nothing", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const small = createStore(disk)
      const first = randomBytes(400_000)
      const firstDigest = createHash("sha256").update(first).digest("hex")
      await small.put(firstDigest, pieces(first))
      await expect(small.put(digest, pieces(content))).rejects.toMatchObject({ code: "PKG_NO_SPACE" })
      expect(await readdir(small.staging)).toEqual([])
      expect(await readdir(join(disk, "blobs", "sha256"))).toEqual([firstDigest])
      expect((await digestFile(small.path(firstDigest))).sha256).toBe(firstDigest)
    })
  })
})

test.each(["", "../../etc/passwd", "A".repeat(64), `${digest}x`, digest.slice(1), `${digest}\n`])(
  "%j is no digest and no path",
  async text => {
    expect(isDigest(text)).toBe(false)
    expect(() => store.path(text)).toThrow(expect.objectContaining({ code: "PKG_DIGEST" }))
    await expect(store.put(text, pieces(content))).rejects.toMatchObject({ code: "PKG_DIGEST" })
    await expect(store.has(text)).rejects.toMatchObject({ code: "PKG_DIGEST" })
  },
)

test("clean removes what a dead process left, files and read-only folders, and not what is being written", async () => {
  await store.clean()
  await mkdir(join(store.staging, "dead", "deep"), { recursive: true })
  await writeFile(join(store.staging, "dead-upload"), "half")
  await mkdir(join(store.staging, "read-only"), { mode: 0o555 })
  const stream = new PassThrough()
  stream.write(content.subarray(0, 1000))
  const put = store.put(digest, stream)
  while ((await readdir(store.staging)).length < 4) await new Promise(resolve => setImmediate(resolve))
  await store.clean()
  stream.end(content.subarray(1000))
  await put
  expect(await store.has(digest)).toBe(true)
  expect(await readdir(store.staging)).toEqual([])
})

test("digestFile reads an empty file, stops on a signal and throws when there is none", async () => {
  await writeFile(join(root, "empty"), "")
  expect(await digestFile(join(root, "empty"))).toEqual({
    sha256: createHash("sha256").digest("hex"),
    size: 0,
  })
  await expect(digestFile(join(root, "empty"), AbortSignal.abort())).rejects.toMatchObject({
    name: "AbortError",
  })
  await expect(digestFile(join(root, "none"))).rejects.toMatchObject({ code: "ENOENT" })
})
