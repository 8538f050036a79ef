import { execFileSync } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { linkDurable, makeFolder, renameDurable, syncTree, writeDurable } from "../../src/disk/durable.js"
import { fillUp, withSmallDisk } from "../support/small-disk.js"

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-durable-"))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe("writeDurable", () => {
  test("writes a new file and replaces an old one, and leaves nothing beside it", async () => {
    const path = join(folder, "state")
    await writeDurable(path, "one")
    await writeDurable(path, Buffer.from("two"))
    expect(await readFile(path, "utf8")).toBe("two")
    expect(await readdir(folder)).toEqual(["state"])
  })

  test.each([0o600, 0o640, 0o755, 0o666])("gives the file mode %o whatever the umask is", async mode => {
    const path = join(folder, "state")
    await writeDurable(path, "", { mode })
    expect((await stat(path)).mode & 0o7777).toBe(mode)
  })

  test("keeps what is there and leaves nothing beside it when it cannot replace it", async () => {
    await mkdir(join(folder, "state", "inside"), { recursive: true })
    await expect(writeDurable(join(folder, "state"), "text")).rejects.toThrow()
    expect(await readdir(folder)).toEqual(["state"])
  })

  test("keeps the old file whole when the disk is full", async context => {
    await withSmallDisk(context, "1m", async disk => {
      const path = join(disk, "state")
      const old = "x".repeat(300_000)
      await writeDurable(path, old)
      await expect(writeDurable(path, Buffer.alloc(900_000, "y"))).rejects.toMatchObject({ code: "ENOSPC" })
      expect(await readFile(path, "utf8")).toBe(old)
      expect(await readdir(disk)).toEqual(["state"])
    })
  })

  test("many writers at once leave the text of one of them", async () => {
    const path = join(folder, "state")
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(10_000))
    await Promise.all(texts.map(text => writeDurable(path, text)))
    expect(texts).toContain(await readFile(path, "utf8"))
    expect(await readdir(folder)).toEqual(["state"])
  })
})

describe("linkDurable", () => {
  test("makes a link and turns it to another target", async () => {
    const path = join(folder, "current")
    await linkDurable(path, "releases/1")
    await linkDurable(path, "releases/2")
    expect(await readlink(path)).toBe("releases/2")
    expect(await readdir(folder)).toEqual(["current"])
  })

  test("does not replace a folder", async () => {
    await mkdir(join(folder, "current"))
    await expect(linkDurable(join(folder, "current"), "x")).rejects.toThrow()
    expect(await readdir(folder)).toEqual(["current"])
  })
})

test("renameDurable moves a file to another folder and replaces what is there", async () => {
  await mkdir(join(folder, "a"))
  await mkdir(join(folder, "b"))
  await writeFile(join(folder, "a", "x"), "new")
  await writeFile(join(folder, "b", "y"), "old")
  await renameDurable(join(folder, "a", "x"), join(folder, "b", "y"))
  expect(await readdir(join(folder, "a"))).toEqual([])
  expect(await readFile(join(folder, "b", "y"), "utf8")).toBe("new")
})

test("makeFolder makes what is missing, gives only the last its mode, and leaves an old one alone", async () => {
  const deep = join(folder, "a", "b", "c")
  await makeFolder(deep, 0o700)
  expect((await stat(deep)).mode & 0o777).toBe(0o700)
  await makeFolder(deep, 0o755)
  expect((await stat(deep)).mode & 0o777).toBe(0o700)
  await Promise.all(Array.from({ length: 10 }, () => makeFolder(join(folder, "p", "q", "r"))))
  expect((await stat(join(folder, "p", "q", "r"))).isDirectory()).toBe(true)
})

test("syncTree takes read-only files, folders and links that lead nowhere", async () => {
  await mkdir(join(folder, "a", "b"), { recursive: true })
  for (let index = 0; index < 50; index++)
    await writeFile(join(folder, "a", `f${index}`), "", { mode: 0o444 })
  await symlink("nowhere", join(folder, "a", "link"))
  // Opening a fifo would wait for ever.
  execFileSync("mkfifo", [join(folder, "a", "fifo")])
  await syncTree(folder)
  await expect(syncTree(join(folder, "missing"))).rejects.toMatchObject({ code: "ENOENT" })
})

test("makeFolder on a disk that takes no more files says so, whatever Node calls it", async context => {
  await withSmallDisk(
    context,
    "1m",
    async disk => {
      await mkdir(join(disk, "there"))
      await fillUp(disk, "files")
      for (const path of ["one", "one/two", "there/one/two"])
        await expect(makeFolder(join(disk, path))).rejects.toMatchObject({ code: "ENOSPC" })
    },
    { inodes: 20 },
  )
})
