import { randomBytes } from "node:crypto"
import { link, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises"
import { release, tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { tellsFailures } from "../../src/disk/sync-file-system.js"
import { PackageError, type PackageErrorCode } from "../../src/packages/error.js"
import type { UnpackLimits } from "../../src/packages/limits.js"
import { packFolder } from "../../src/packages/pack.js"
import { type UnpackStep, unpackPackage } from "../../src/packages/unpack.js"
import { readOnly, withSmallDisk } from "../support/small-disk.js"
import { paxEntry, type RawEntry, TAR_END, tar, tarEntry, tarGz, tarHeader } from "../support/tar.js"
import { readTree } from "../support/tree.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-unpack-"))
})
afterEach(() => removeTree(folder))

async function unpack(archive: Buffer, limits: Partial<UnpackLimits> = {}): Promise<string> {
  const file = join(folder, "package.tar.gz")
  const target = join(folder, "packages", "abc")
  await writeFile(file, archive)
  await unpackPackage(file, target, { limits })
  return target
}

async function refusal(archive: Buffer, limits: Partial<UnpackLimits> = {}): Promise<PackageError> {
  const error = await unpack(archive, limits).then(
    () => expect.unreachable("the package was taken"),
    (error: unknown) => error,
  )
  if (!(error instanceof PackageError)) throw error
  // Nothing stays: no target, no staging, and nothing beside the folder of packages.
  expect(await readdir(join(folder, "packages")).catch(() => [])).toEqual([])
  expect((await readdir(folder)).sort()).toEqual(expect.not.arrayContaining(["x", "evil"]))
  expect(error.message).not.toMatch(/[\p{Cc}]/u)
  expect(error.hint).not.toBe("")
  return error
}

const good = { name: "server.js", content: "ok" }
const dir = (name: string): RawEntry => ({ name, type: "5" })
const symbolic = (name: string, link: string): RawEntry => ({ name, type: "2", link })
const hard = (name: string, link: string): RawEntry => ({ name, type: "1", link })

describe("a hostile package is refused whole", () => {
  test.each<[string, PackageErrorCode, string, readonly (RawEntry | Buffer)[]]>([
    ["a name that climbs", "PKG_PATH", "../evil", [{ name: "../evil" }]],
    ["a climb in the middle", "PKG_PATH", "a/../../evil", [{ name: "a/../../evil" }]],
    ["a climb that comes back", "PKG_PATH", "a/../b", [{ name: "a/../b" }]],
    ["a climb at the end", "PKG_PATH", "a/..", [dir("a/..")]],
    ["a climb with backslashes", "PKG_PATH", "..\\..\\evil", [{ name: "..\\..\\evil" }]],
    ["a climb with both slashes", "PKG_PATH", "a\\..", [{ name: "a\\../../evil" }]],
    ["a climb in a pax name", "PKG_PATH", "../evil", [paxEntry({ path: "../evil" }), good]],
    [
      "a climb in a GNU long name",
      "PKG_PATH",
      "../evil",
      [{ name: "L", type: "L", content: "../evil\0" }, good],
    ],
    ["an absolute name", "PKG_PATH", "/tmp/evil", [{ name: "/tmp/evil" }]],
    ["a double slash in front", "PKG_PATH", "//evil", [{ name: "//evil" }]],
    ["a drive", "PKG_PATH", "C:\\evil", [{ name: "C:\\evil" }]],
    ["a backslash in front", "PKG_PATH", "\\\\host", [{ name: "\\\\host\\evil" }]],
    ["no name", "PKG_PATH", "no name", [{ name: "" }]],
    ["a dot that is a file", "PKG_PATH", ".", [{ name: "." }]],
    ["an escape sequence in a name", "PKG_PATH", "\\x1b[2J", [{ name: "a\x1b[2Jb" }]],
    ["a newline in a name", "PKG_PATH", "a\\nb", [{ name: "a\nb" }]],
    ["a newline behind a NUL", "PKG_PATH", "\\n", [{ name: "a\0\nb" }]],
    ["a newline in a pax name", "PKG_PATH", "a\\nb", [paxEntry({ path: "a\nb" }), good]],
    ["C1 controls in a name", "PKG_PATH", "\\x9b", [{ name: "a\u009bb" }]],
    ["text turned round in a name", "PKG_PATH", "\\u202e", [{ name: "a\u202egpj.exe" }]],
    ["a name that is not UTF-8", "PKG_PATH", "UTF-8", [renamed(Buffer.from([0x61, 0xff, 0x62]))]],
    ["a name twice", "PKG_PATH", "server.js is there twice", [good, good]],
    ["a name twice, written otherwise", "PKG_PATH", "twice", [good, { name: "./server.js" }]],
    ["a folder listed twice", "PKG_PATH", "twice", [dir("a/"), dir("a")]],
    ["a folder and then a file", "PKG_PATH", "twice", [dir("a/"), { name: "a" }]],
    ["a file and then a folder", "PKG_PATH", "twice", [{ name: "a" }, dir("a/")]],
    ["a file used as a folder", "PKG_PATH", "goes through a", [{ name: "a" }, { name: "a/b" }]],
    ["a link and then a file", "PKG_PATH", "twice", [symbolic("a", "b"), { name: "a" }]],
    [
      "a link used as a folder",
      "PKG_PATH",
      "goes through a",
      [symbolic("a", "b"), dir("b"), { name: "a/evil" }],
    ],
    ["a link to /", "PKG_PATH", "absolute", [symbolic("a", "/etc/passwd")]],
    ["a link out", "PKG_PATH", "outside", [symbolic("a", "../evil")]],
    ["a link out of a folder", "PKG_PATH", "outside", [symbolic("b/a", "../../evil")]],
    ["a link out and in again", "PKG_PATH", "outside", [symbolic("a", "../abc/server.js"), good]],
    ["a link out by pax", "PKG_PATH", "outside", [paxEntry({ linkpath: "../evil" }), symbolic("a", "b")]],
    [
      "a link out by a long GNU name",
      "PKG_PATH",
      "outside",
      [{ name: "K", type: "K", content: "../evil\0" }, symbolic("a", "b")],
    ],
    [
      "links that leave together",
      "PKG_PATH",
      "outside",
      [dir("a/b/c"), symbolic("a/b/c/up", "../../.."), symbolic("out", "a/b/c/up/..")],
    ],
    [
      "links that leave together, in the other order",
      "PKG_PATH",
      "outside",
      [symbolic("out", "a/b/c/up/../evil"), symbolic("a/b/c/up", "../../..")],
    ],
    ["a link to nothing", "PKG_PATH", "nothing", [symbolic("a", "")]],
    ["a link with an escape sequence", "PKG_PATH", "\\x1b", [symbolic("a", "b\x1b[2J")]],
    ["a hard link out", "PKG_PATH", "../evil", [hard("a", "../evil")]],
    ["a hard link to /", "PKG_PATH", "/etc/passwd", [hard("a", "/etc/passwd")]],
    ["a hard link to nothing", "PKG_PATH", "no file before it", [hard("a", "b"), { name: "b" }]],
    ["a hard link to itself", "PKG_PATH", "no file before it", [hard("a", "a")]],
    [
      "a hard link to a link",
      "PKG_PATH",
      "no file before it",
      [symbolic("b", "server.js"), good, hard("a", "b")],
    ],
    [
      "a hard link through a link",
      "PKG_PATH",
      "no file before it",
      [dir("d"), { name: "d/f" }, symbolic("l", "d"), hard("a", "l/f")],
    ],
    ["a hard link to a folder", "PKG_PATH", "no file before it", [dir("b"), hard("a", "b")]],
    [
      "a hard link with content",
      "PKG_CORRUPT",
      "content",
      [good, { ...hard("a", "server.js"), content: "x" }],
    ],
    ["a folder with content", "PKG_CORRUPT", "content", [{ ...dir("a"), content: "x" }]],
    ["a character device", "PKG_TYPE", "dev", [{ name: "dev", type: "3" }]],
    ["a block device", "PKG_TYPE", "dev", [{ name: "dev", type: "4" }]],
    ["a fifo", "PKG_TYPE", "pipe", [good, { name: "pipe", type: "6" }]],
    ["a sparse file of GNU", "PKG_TYPE", "holes", [{ name: "holes", type: "S", content: "x" }]],
    ["a sparse file of pax", "PKG_TYPE", "sparse", [paxEntry({ "GNU.sparse.major": "1" }), good]],
    ["a contiguous file", "PKG_TYPE", "c", [{ name: "c", type: "7", content: "x" }]],
    ["a dump folder", "PKG_TYPE", "d", [{ name: "d", type: "D", content: "x" }]],
    ["a volume header", "PKG_TYPE", "v", [{ name: "v", type: "V" }]],
    ["an unknown type", "PKG_TYPE", "z", [{ name: "z", type: "z" }]],
    ["a global header that moves all", "PKG_TYPE", "global", [paxEntry({ path: "evil" }, "g"), good]],
    ["a setuid bit", "PKG_MODE", "su", [good, { name: "su", mode: 0o4755 }]],
    ["a setgid bit on a folder", "PKG_MODE", "d", [{ ...dir("d"), mode: 0o2755 }]],
    ["a sticky bit", "PKG_MODE", "t", [{ name: "t", mode: 0o1777 }]],
    ["a part of 256 bytes", "PKG_LIMIT", "255", [paxEntry({ path: "x".repeat(256) }), good]],
    [
      "a path of 1,025 bytes",
      "PKG_LIMIT",
      "1024",
      [paxEntry({ path: `${`${"x".repeat(204)}/`.repeat(5)}x` }), good],
    ],
    ["33 folders deep", "PKG_LIMIT", "32", [{ name: `${"a/".repeat(32)}b` }]],
    ["a header of 2,000 levels", "PKG_LIMIT", "32", [paxEntry({ path: `${"a/".repeat(2000)}b` }), good]],
    [
      "an extended header of 1 MiB",
      "PKG_LIMIT",
      "extended",
      [paxEntry({ comment: "x".repeat(1 << 20) }), good],
    ],
    ["a size beyond all bounds", "PKG_LIMIT", "bytes", [tarHeader({ name: "big", size: 0o77777777777 })]],
    ["two sizes", "PKG_CORRUPT", "two sizes", [paxEntry({ size: "600" }), good]],
    [
      "a pax record that lies of its length",
      "PKG_CORRUPT",
      "extended",
      [{ name: "P", type: "x", content: "99 path=evil\n" }, good],
    ],
    [
      "a pax record without a newline",
      "PKG_CORRUPT",
      "extended",
      [{ name: "P", type: "x", content: "11 path=evi" }, good],
    ],
    ["a wrong checksum", "PKG_CORRUPT", "checksum", [good, { name: "x", checksum: 1 }]],
    ["a lone zero block", "PKG_CORRUPT", "zero block", [good, Buffer.alloc(512), good]],
    ["nothing at all", "PKG_CORRUPT", "empty", []],
    ["only its own folder", "PKG_CORRUPT", "empty", [dir("./")]],
    ["an extended header at its end", "PKG_CORRUPT", "not there", [good, paxEntry({ path: "x" })]],
  ])("%s: %s", async (_what, code, words, entries) => {
    const error = await refusal(tarGz(...entries))
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)])
  })

  function renamed(name: Buffer): Buffer {
    const header = tarHeader({ name: "x".repeat(name.length) })
    const sum = header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
    const other = name.reduce((sum, byte) => sum + byte, 0) - 0x78 * name.length
    name.copy(header)
    header.write((sum + other).toString(8).padStart(6, "0"), 148, "latin1")
    return header
  }
})

describe("a damaged package is refused whole", () => {
  const content = randomBytes(3000)
  const plain = tar(good, { name: "data", content })
  const packed = gzipSync(plain)
  const first = tarEntry(good).length

  test.each<[string, Buffer]>([
    ["0 bytes", Buffer.alloc(0)],
    ["one byte", Buffer.from([0x1f])],
    ["not gzip", Buffer.from("<html>not found</html>")],
    ["a tar without gzip", plain],
    ["the gzip header only", packed.subarray(0, 10)],
    ["gzip cut in the middle", packed.subarray(0, packed.length / 2)],
    ["gzip without its checksum", packed.subarray(0, -8)],
    ["gzip without its last byte", packed.subarray(0, -1)],
    ["a flipped bit", Buffer.from(packed.map((byte, at) => (at === 1500 ? byte ^ 4 : byte)))],
    ["zeros behind gzip", Buffer.concat([packed, Buffer.alloc(100)])],
    ["garbage behind gzip", Buffer.concat([packed, Buffer.from("garbage")])],
    ["much garbage behind gzip", Buffer.concat([packed, Buffer.alloc(2_000_000, 7)])],
    ["another gzip behind gzip", Buffer.concat([packed, tarGz({ name: "evil" })])],
    ["a gzip of nothing", gzipSync("")],
    ["a gzip of a text", gzipSync("hello ".repeat(1000))],
    ["tar cut in a header", gzipSync(plain.subarray(0, first + 100))],
    ["tar cut behind a header", gzipSync(plain.subarray(0, first + 512))],
    ["tar cut in the content", gzipSync(plain.subarray(0, first + 512 + 1000))],
    ["tar cut in the padding", gzipSync(plain.subarray(0, first + 512 + 3000))],
    ["tar cut at an entry", gzipSync(plain.subarray(0, first))],
    ["tar without its end", gzipSync(plain.subarray(0, -1024))],
    ["tar with half its end", gzipSync(plain.subarray(0, -512))],
    ["tar with most of its end", gzipSync(plain.subarray(0, -1))],
    ["a text behind the end", gzipSync(Buffer.concat([plain, Buffer.from("garbage")]))],
    ["an archive behind the end", gzipSync(Buffer.concat([plain, plain]))],
    ["tar cut in an extended header", gzipSync(paxEntry({ path: "x" }).subarray(0, 600))],
  ])("%s", async (_what, archive) => {
    expect((await refusal(archive)).code).toBe("PKG_CORRUPT")
  })

  test("every cut of a small archive, compressed or not, is found", async () => {
    const small = tar(good, dir("d"), { name: "d/x", content: "y".repeat(600) })
    for (let length = 0; length < small.length; length += 128) {
      expect([length, (await refusal(gzipSync(small.subarray(0, length)))).code]).toEqual([
        length,
        "PKG_CORRUPT",
      ])
    }
    const gz = gzipSync(small)
    for (let length = 0; length < gz.length; length += 7) {
      expect([length, (await refusal(gz.subarray(0, length))).code]).toEqual([length, "PKG_CORRUPT"])
    }
  })
})

test("whatever bytes of an archive are changed, it is taken whole or refused with a reason", async () => {
  const whole = tar(
    dir("d"),
    { name: "d/a", content: "x".repeat(700) },
    symbolic("l", "d/a"),
    hard("h", "d/a"),
    paxEntry({ path: "long", comment: "y" }),
    good,
  )
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (changes, mendSums) => {
        const changed = Buffer.from(whole)
        for (const [at, byte] of changes) changed[at] = byte
        const run = await mkdtemp(join(folder, "run-"))
        const file = join(run, "package.tar.gz")
        await writeFile(file, gzipSync(mendSums ? withRightSums(changed) : changed))
        const error = await unpackPackage(file, join(run, "packages", "abc")).catch((error: unknown) => error)
        if (error !== undefined)
          expect(error).toMatchObject({ code: expect.stringMatching(/^PKG_(?!DISK|READ)/) })
        const left = error === undefined ? ["abc"] : []
        expect(await readdir(join(run, "packages")).catch(() => [])).toEqual(left)
        expect((await readdir(run)).sort()).toEqual(["package.tar.gz", "packages"])
      },
    ),
    { numRuns: 150 },
  )
})

// With the checksums put right, a changed header gets past the first look.
function withRightSums(archive: Buffer): Buffer {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    const block = archive.subarray(at, at + 512)
    if (block.toString("latin1", 257, 262) !== "ustar") continue
    block.write("        ", 148, "latin1")
    const sum = block.reduce((sum, byte) => sum + byte, 0)
    block.write(sum.toString(8).padStart(6, "0"), 148, "latin1")
  }
  return archive
}

describe("limits", () => {
  test("a bomb is refused long before it is unpacked", async () => {
    // 1 GiB of zeros in 1 MB; the header is honest, so that only the proportion can tell.
    const zeros = Buffer.alloc(1 << 20)
    const bomb = gzipSync(
      Buffer.concat([tarHeader({ name: "zeros", size: 2 ** 28 }), ...Array(256).fill(zeros), TAR_END]),
    )
    const error = await refusal(bomb)
    expect([error.code, error.message]).toEqual(["PKG_LIMIT", expect.stringContaining("200 times")])
  })

  test("a bomb of zeros behind the end is refused", async () => {
    const bomb = gzipSync(Buffer.concat([tar(good), Buffer.alloc(1 << 26)]))
    expect((await refusal(bomb)).code).toBe("PKG_LIMIT")
  })

  test.each<[string, Partial<UnpackLimits>, readonly RawEntry[]]>([
    ["entries", { entries: 3 }, [good, dir("a"), dir("b"), dir("c")]],
    ["folders that are only named count", { entries: 3 }, [{ name: "a/b/c/d" }]],
    [
      "bytes",
      { bytes: 9 },
      [
        { name: "a", content: "12345" },
        { name: "b", content: "12345" },
      ],
    ],
    ["depth", { depth: 2 }, [{ name: "a/b/c" }]],
    ["steps of one link", { linkSteps: 5 }, [symbolic("a", "b/../b/../b/c")]],
    ["steps of all links", { linkSteps: 5 }, [symbolic("a", "b/c/d"), symbolic("b", "c/d/e")]],
    ["steps along other links", { linkSteps: 5 }, [symbolic("a", "b/../b"), symbolic("b", "c/d")]],
  ])("%s", async (_what, limits, entries) => {
    expect((await refusal(tarGz(...entries), limits)).code).toBe("PKG_LIMIT")
  })

  test("100,001 entries are refused", async () => {
    const many = Array.from({ length: 100_001 }, (_, index) => tarEntry({ name: `f${index}`, type: "5" }))
    expect((await refusal(gzipSync(Buffer.concat([...many, TAR_END])), { ratio: 10_000 })).code).toBe(
      "PKG_LIMIT",
    )
  })

  test("what is just within them is taken", async () => {
    const target = await unpack(
      tarGz(paxEntry({ path: "x".repeat(255) }), good, { name: `${"a/".repeat(31)}b`, content: "deep" }),
    )
    expect(await readFile(join(target, "a/".repeat(31), "b"), "utf8")).toBe("deep")
  })

  test("a full disk is PKG_NO_SPACE and leaves nothing", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const file = join(folder, "package.tar.gz")
      await writeFile(
        file,
        tarGz({ name: "a", content: randomBytes(100_000) }, { name: "b", content: randomBytes(2_000_000) }),
      )
      await expect(unpackPackage(file, join(disk, "packages", "abc"))).rejects.toMatchObject({
        code: "PKG_NO_SPACE",
      })
      expect(await readdir(join(disk, "packages"))).toEqual([])
    })
  })

  test("on a disk that has not room for every package, one that fits is taken, and a bad one refused as ever", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const file = join(folder, "package.tar.gz")
      const unpacking = async (...entries: readonly RawEntry[]) => {
        await writeFile(file, tarGz(...entries))
        await unpackPackage(file, join(disk, "packages", "abc"))
      }
      await expect(unpacking(good, { name: "../evil" })).rejects.toMatchObject({ code: "PKG_PATH" })
      expect(await readdir(join(disk, "packages"))).toEqual([])
      await unpacking(good)
      expect(await readdir(join(disk, "packages"))).toEqual(["abc"])
    })
  })

  test("why a package was refused is told when the disk does not let it be removed", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const file = join(folder, "package.tar.gz")
      await writeFile(file, tarGz({ name: "../evil" }))
      let writable = () => {}
      const step: UnpackStep = (name, _what, work) => {
        if (name === "space") writable = readOnly(disk)
        return work()
      }
      const unpacking = unpackPackage(file, join(disk, "abc"), { step }).finally(() => writable())
      await expect(unpacking).rejects.toMatchObject({ code: "PKG_PATH" })
      expect(await readdir(disk)).not.toContain("abc")
    })
  })
})

describe("a good package", () => {
  test("is unpacked with its links, read-only, its owner and dates forgotten", async () => {
    const target = await unpack(
      tarGz(
        paxEntry({ comment: "a commit" }, "g"),
        dir("./"),
        { name: "./bin/run", mode: 0o777, content: "#!/bin/sh\n" },
        { name: "./server.js", mode: 0o600, content: "ok" },
        dir("./bin/"),
        hard("./copy.js", "./server.js"),
        symbolic("./bin/server", "../server.js"),
        symbolic("./dangling", "bin/none"),
        symbolic("./loop", "loop"),
        paxEntry({ path: `long/${"n".repeat(200)}`, mtime: "1.5", "SCHILY.xattr.user.x": "y" }),
        { name: "short", content: "long" },
        { name: "L", type: "L", content: `long/${"g".repeat(150)}\0` },
        { name: "short", content: "gnu" },
        { name: "empty" },
        { name: "büro/日本 $(x) ;\\n'", content: "name" },
        dir("nothing/"),
      ),
    )
    expect(await readTree(target)).toEqual({
      "": "folder 555",
      bin: "folder 555",
      "bin/run": "file 555 #!/bin/sh\n",
      "bin/server": "link ../server.js",
      büro: "folder 555",
      "büro/日本 $(x) ;\\n'": "file 444 name",
      "copy.js": "file 444 ok",
      dangling: "link bin/none",
      empty: "file 444 ",
      long: "folder 555",
      [`long/${"g".repeat(150)}`]: "file 444 gnu",
      [`long/${"n".repeat(200)}`]: "file 444 long",
      loop: "link loop",
      nothing: "folder 555",
      "server.js": "file 444 ok",
    })
    expect(await readdir(join(folder, "packages"))).toEqual(["abc"])
    await removeTree(target)
    await removeTree(target)
    expect(await readdir(join(folder, "packages"))).toEqual([])
  })

  test("of several gzip members and with zeros up to 10 KiB is whole", async () => {
    const plain = Buffer.concat([tar(good), Buffer.alloc(8192)])
    const target = await unpack(
      Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]),
    )
    expect(await readTree(target)).toEqual({ "": "folder 555", "server.js": "file 444 ok" })
  })

  test("is unpacked once for many callers, and not again later", async () => {
    const file = join(folder, "package.tar.gz")
    const target = join(folder, "packages", "abc")
    await writeFile(file, tarGz(good))
    await Promise.all(Array.from({ length: 10 }, () => unpackPackage(file, target)))
    const before = await stat(join(target, "server.js"))
    await rm(file)
    await unpackPackage(file, target)
    expect((await stat(join(target, "server.js"))).ino).toBe(before.ino)
  })

  test("is taken after a refused one under the same name, and from a folder of its own for work", async () => {
    await refusal(tarGz({ name: "../evil" }))
    await mkdir(join(folder, "staging"))
    const file = join(folder, "package.tar.gz")
    await writeFile(file, tarGz(good))
    await unpackPackage(file, join(folder, "packages", "abc"), { staging: join(folder, "staging") })
    expect(await readdir(join(folder, "staging"))).toEqual([])
    expect(await readdir(join(folder, "packages"))).toEqual(["abc"])
  })

  describe("of many files", () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      name: `d${index % 7}/f${index}`,
      content: `${index}`,
    }))
    const large = { name: "large", mode: 0o755, content: randomBytes(700_000) }
    const archive = () => tarGz(...many, large, hard("copy", "d0/f0"), symbolic("link", "copy"))
    const there = (target: string) =>
      Promise.all(many.map(({ name }) => readFile(join(target, name), "utf8")))
    const path = process.env.PATH
    afterEach(() => {
      process.env.PATH = path
    })

    test.each<[string, PackageErrorCode, () => Buffer]>([
      ["an entry that climbs", "PKG_PATH", () => tarGz(...many, large, { name: "../evil" })],
      ["a link out", "PKG_PATH", () => tarGz(...many, large, symbolic("a", "../evil"))],
      ["a name twice", "PKG_PATH", () => tarGz(...many, large, { name: "d0/f0" })],
      [
        "a changed bit",
        "PKG_CORRUPT",
        () => archive().map((byte, at) => (at === 500_000 ? byte ^ 4 : byte)) as Buffer,
      ],
      ["a cut", "PKG_CORRUPT", () => archive().subarray(0, -1)],
      ["garbage behind it", "PKG_CORRUPT", () => Buffer.concat([archive(), Buffer.from("garbage")])],
    ])("is refused whole for %s, when much of it was written", async (_what, code, bad) => {
      expect((await refusal(bad())).code).toBe(code)
    })

    // Stands before the real one, and says where it was called, and how much was there.
    async function withSync(ends: string): Promise<() => Promise<string>> {
      const log = join(folder, "log")
      const script = `#!/bin/sh\necho "$1 $2 $(find "$3" -type f | wc -l) $3" >> ${log}\n${ends}\n`
      await mkdir(join(folder, "bin"))
      await writeFile(join(folder, "bin", "sync"), script, { mode: 0o755 })
      process.env.PATH = `${join(folder, "bin")}:${path}`
      return () => readFile(log, "utf8").catch(() => "")
    }

    test("is whole, and synced in one go before it gets its name", async () => {
      const synced = await withSync('PATH=/usr/bin:/bin exec sync "$@"')
      const target = await unpack(archive())
      expect(await there(target)).toEqual(many.map(({ content }) => content))
      expect((await readFile(join(target, "large"))).equals(large.content)).toBe(true)
      expect((await stat(join(target, "large"))).mode & 0o7777).toBe(0o555)
      expect((await stat(join(target, "d1"))).mode & 0o7777).toBe(0o555)
      expect((await stat(join(target, "copy"))).ino).toBe((await stat(join(target, "d0", "f0"))).ino)
      if (tellsFailures(process.platform, release()))
        expect(await synced()).toMatch(/^-f -- 402 .*\/\.abc\.[0-9a-f]+\.unpacking\n$/)
    })

    test("folders and links are many as well", async () => {
      const synced = await withSync("exit 0")
      await unpack(tarGz(good, ...Array.from({ length: 400 }, (_, index) => dir(`d${index}`))))
      if (tellsFailures(process.platform, release())) expect(await synced()).toMatch(/^-f -- 1 /)
    })

    test.each(["exit 1", "echo ignoring all arguments >&2", "kill -9 $$"])(
      "is synced file by file where `sync` ends with: %s",
      async ends => {
        const handle = await open(folder, "r")
        const sync = vi.spyOn(Object.getPrototypeOf(handle), "sync")
        await handle.close()
        await withSync(ends)
        const target = await unpack(archive())
        expect(sync.mock.calls.length).toBeGreaterThanOrEqual(many.length + 7)
        expect(await there(target)).toEqual(many.map(({ content }) => content))
        sync.mockRestore()
      },
    )

    test("on a full disk is PKG_NO_SPACE and leaves nothing", async context => {
      await withSmallDisk(context, "1m", async disk => {
        const file = join(folder, "package.tar.gz")
        const small = Array.from({ length: 400 }, (_, index) => ({
          name: `f${index}`,
          content: randomBytes(1500),
        }))
        await writeFile(file, tarGz(...small))
        await expect(unpackPackage(file, join(disk, "packages", "abc"))).rejects.toMatchObject({
          code: "PKG_NO_SPACE",
        })
        expect(await readdir(join(disk, "packages"))).toEqual([])
      })
    })
  })

  test("that is not there is PKG_READ", async () => {
    await expect(unpackPackage(join(folder, "none"), join(folder, "packages", "abc"))).rejects.toMatchObject({
      code: "PKG_READ",
    })
  })
})

const part = fc.stringMatching(/^[a-zA-Z0-9@ äß漢~+-]{1,12}$/)
const content = fc.oneof(
  fc.constant(""),
  fc.string(),
  fc.nat(600_000).map(size => "z".repeat(size)),
)
const trees = fc.dictionary(
  fc.array(part, { minLength: 1, maxLength: 4 }).map(parts => parts.join("/")),
  fc.record({ content, executable: fc.boolean() }),
  { minKeys: 1, maxKeys: 12 },
)

test("packing and unpacking gives the same tree, and packing again the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(trees, async files => {
      const run = await mkdtemp(join(folder, "run-"))
      const source = join(run, "source")
      await mkdir(source)
      const expected: Record<string, string> = { "": "folder 555" }
      for (const [path, { content, executable }] of Object.entries(files)) {
        const made = await writeNew(join(source, path), content, executable)
        if (!made) continue
        const parts = path.split("/")
        for (let length = 1; length < parts.length; length++)
          expected[parts.slice(0, length).join("/")] = "folder 555"
        expected[path] = `file ${executable ? 555 : 444} ${content}`
      }
      const packed = await packFolder(source, join(run, "one.tar.gz"))
      expect(await packFolder(source, join(run, "two.tar.gz"))).toEqual(packed)
      await unpackPackage(join(run, "one.tar.gz"), join(run, "packages", packed.sha256), {
        limits: { ratio: 2000 },
      })
      expect(await readTree(join(run, "packages", packed.sha256))).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

test("packing takes links and empty folders along, and never setuid bits", async () => {
  const source = join(folder, "source")
  await mkdir(join(source, "empty"), { recursive: true })
  await writeFile(join(source, "a"), "a", { mode: 0o4755 })
  await symlink("a", join(source, "link"))
  await link(join(source, "a"), join(source, "b"))
  await packFolder(source, join(folder, "p.tar.gz"))
  await unpackPackage(join(folder, "p.tar.gz"), join(folder, "out"))
  expect(await readTree(join(folder, "out"))).toEqual({
    "": "folder 555",
    a: "file 555 a",
    b: "file 555 a",
    empty: "folder 555",
    link: "link a",
  })
})

// False when the name is taken by a folder or goes through a file, as random names may.
async function writeNew(path: string, content: string, executable: boolean): Promise<boolean> {
  try {
    await mkdir(join(path, ".."), { recursive: true })
    await writeFile(path, content, { mode: executable ? 0o750 : 0o640 })
    return true
  } catch {
    return false
  }
}
