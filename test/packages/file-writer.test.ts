import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { createFileWriter, type FileWriter, type SmallFile } from "../../src/packages/file-writer.js"
import { createFileWriterThread } from "../../src/packages/file-writer-thread.js"
import { createNewFile } from "../../src/packages/new-file.js"

const LARGEST = 256 * 1024

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-writer-"))
})
afterEach(() => removeTree(folder))

function file(name: string, content: string | Buffer, mode = 0o444): SmallFile {
  const failure = (error: unknown) => new Error(`${name}: ${(error as NodeJS.ErrnoException).code}`)
  return { path: join(folder, name), mode, content: Buffer.from(content), failure }
}

describe.each<[string, () => FileWriter]>([
  ["a few here, many in a thread", () => createFileWriter(LARGEST, createNewFile())],
  ["in a thread of its own", () => createFileWriterThread(LARGEST)],
])("%s", (_where, create) => {
  let writer: FileWriter
  beforeEach(() => {
    writer = create()
  })
  afterEach(() => writer.close())

  test("files of all sizes are written whole, with their modes", async () => {
    const sizes = [0, 1, 4096, LARGEST, LARGEST - 1, ...Array.from({ length: 60 }, (_, index) => index * 37)]
    for (const [index, size] of sizes.entries())
      await writer.add(file(`f${index}`, Buffer.alloc(size, index), index % 2 ? 0o444 : 0o555))
    await writer.drain()
    for (const [index, size] of sizes.entries()) {
      const path = join(folder, `f${index}`)
      expect((await readFile(path)).equals(Buffer.alloc(size, index))).toBe(true)
      expect((await stat(path)).mode & 0o7777).toBe(index % 2 ? 0o444 : 0o555)
    }
  })

  test("what is in a file is taken when it is added", async () => {
    const added = [file("few", "old"), ...Array.from({ length: 300 }, (_, index) => file(`f${index}`, "old"))]
    for (const one of added) {
      await writer.add(one)
      one.content.fill("x")
    }
    await writer.drain()
    for (const { path } of added) expect(await readFile(path, "utf8")).toBe("old")
  })

  test("the umask takes nothing from their modes", async () => {
    const before = process.umask(0o077)
    try {
      for (const name of ["a", "b", "c"]) await writer.add(file(name, "", 0o555))
      await writer.drain()
    } finally {
      process.umask(before)
    }
    for (const name of ["a", "b", "c"]) expect((await stat(join(folder, name))).mode & 0o7777).toBe(0o555)
  })

  test("the first failure is told in the words of its file, and no file takes another's place", async () => {
    await writeFile(join(folder, "b"), "before")
    const adding = async () => {
      for (const name of ["a", "b", "c"]) await writer.add(file(name, "x"))
      await writer.drain()
    }
    await expect(adding()).rejects.toThrow("b: EEXIST")
    await expect(writer.drain()).rejects.toThrow("b: EEXIST")
    expect(await readFile(join(folder, "b"), "utf8")).toBe("before")
  })

  test("a failure in the middle of thousands ends them", async () => {
    await mkdir(join(folder, "f100"))
    const adding = async () => {
      for (let index = 0; index < 100_000; index++) await writer.add(file(`f${index}`, "x"))
    }
    await expect(adding()).rejects.toThrow("f100: E")
    await writer.close()
    const there = await readdir(folder)
    expect(there.length).toBeLessThan(2_000)
    // Nothing is written after the close.
    await new Promise(resolve => setImmediate(resolve))
    expect(await readdir(folder)).toEqual(there)
  })

  test("may be closed with nothing done", () => writer.close())
})
