import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"

test("removeTree removes read-only folders and files, not what links lead to, and takes what is not there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "minos-remove-"))
  try {
    await mkdir(join(folder, "keep"))
    await writeFile(join(folder, "keep", "file"), "")
    await mkdir(join(folder, "tree", "deep"), { recursive: true })
    await writeFile(join(folder, "tree", "deep", "file"), "", { mode: 0o444 })
    await symlink(join(folder, "keep"), join(folder, "tree", "link"))
    await chmod(join(folder, "tree", "deep"), 0o555)
    await chmod(join(folder, "tree"), 0o555)
    await removeTree(join(folder, "tree"))
    await removeTree(join(folder, "tree"))
    expect(await readdir(folder)).toEqual(["keep"])
    expect(await readdir(join(folder, "keep"))).toEqual(["file"])
  } finally {
    await rm(folder, { recursive: true })
  }
})
