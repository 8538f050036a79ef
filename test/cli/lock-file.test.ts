import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import {
  type FileOwner,
  lockPath,
  readLockFile,
  releaseLockFile,
  removeDead,
  seenFile,
  takeLockFile,
} from "../../src/cli/lock-file.js"
import { processMark } from "../../src/disk/process-alive.js"
import { inFolder } from "../support/minos.js"

const HERE = "ops-1"

/** A run of this process, so that it lives. */
function owner(run: string, change: Partial<FileOwner> = {}): FileOwner {
  return {
    run,
    who: "ann",
    from: HERE,
    command: "minos deploy",
    since: "2026-11-22T10:15:00Z",
    ...processMark(),
    ...change,
  }
}

const DEAD_OWNER: FileOwner = {
  run: "d-dead",
  who: "ann",
  from: HERE,
  command: "minos deploy",
  since: "2026-11-22T10:15:00Z",
  pid: 2 ** 22 + 1,
  born: "1@some-boot",
}

/** Processes that are dead for sure. */
const DEAD: readonly [string, Partial<FileOwner>][] = [
  ["whose process is gone", { pid: 2 ** 22 + 1 }],
  ["whose process id was given to another program", { born: "1@some-boot" }],
]

async function withFile(found: FileOwner | string, work: (path: string) => Promise<void>): Promise<void> {
  await inFolder(async folder => {
    const path = lockPath(folder, "shop", "test")
    await mkdir(join(folder, "locks"))
    await writeFile(path, typeof found === "string" ? found : JSON.stringify(found))
    await work(path)
  })
}

describe("the lock file", () => {
  test("is made whole, for its owner's eyes alone, and removed by its run alone", async () => {
    await inFolder(async folder => {
      const path = lockPath(join(folder, "state"), "shop", "test")
      expect(path).toBe(join(folder, "state", "locks", "shop.test.json"))
      expect(await removeDead(path, HERE)).toBe(false)
      const mine = owner("d-1")
      expect(await takeLockFile(path, mine)).toEqual({ kind: "held" })
      expect(JSON.parse(await readFile(path, "utf8"))).toEqual(mine)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      for (const made of ["state", join("state", "locks")])
        expect((await stat(join(folder, made))).mode & 0o777).toBe(0o700)
      expect(await releaseLockFile(path, "d-2")).toBe(false)
      expect(await readLockFile(path)).toEqual(mine)
      expect(await releaseLockFile(path, "d-1")).toBe(true)
      expect(await releaseLockFile(path, "d-1")).toBe(false)
      expect(await readdir(join(folder, "state", "locks"))).toEqual([])
    })
  })

  test("of a run that lives keeps another out, who is told whose it is", async () => {
    const first = owner("d-1")
    await withFile(first, async path => {
      expect(await takeLockFile(path, owner("d-2"))).toEqual({ kind: "refused", owner: first })
      expect(await removeDead(path, HERE)).toBe(false)
      expect(await seenFile(path, HERE)).toMatchObject({ run: "d-1", owner: "lives" })
    })
  })

  test.each(DEAD)("%s is taken over", async (_, change) => {
    await withFile(owner("d-1", change), async path => {
      expect(await seenFile(path, HERE)).toMatchObject({ run: "d-1", owner: "dead" })
      const mine = owner("d-2")
      expect(await takeLockFile(path, mine)).toEqual({ kind: "held" })
      expect(await readLockFile(path)).toEqual(mine)
    })
  })

  test("of another machine, which shares the folder, is not taken over: nobody can look there", async () => {
    const other = owner("d-1", { from: "ops-2", pid: 2 ** 22 + 1 })
    await withFile(other, async path => {
      expect(await takeLockFile(path, owner("d-2"))).toEqual({ kind: "refused", owner: other })
      expect(await seenFile(path, HERE)).toMatchObject({ owner: "elsewhere" })
    })
  })

  test.each(["", "{", "[]", "null", '{"run":"d-1"}', '{"pid":-1}'])(
    "that is damaged (%j) is nobody's, and taken over",
    async text => {
      await withFile(text, async path => {
        expect(await readLockFile(path)).toBe("damaged")
        expect(await seenFile(path, HERE)).toBeUndefined()
        expect(await takeLockFile(path, owner("d-2"))).toEqual({ kind: "held" })
      })
    },
  )

  test.each<[string, FileOwner | string | undefined]>([
    ["there is none", undefined],
    ["there is one of a dead run", DEAD_OWNER],
    ["there is a damaged one", "{"],
  ])("of many that want it at once one gets it, where %s", async (_, found) => {
    await withFile(found ?? "", async path => {
      if (found === undefined) await removeDead(path, HERE)
      const runs = await Promise.all(Array.from({ length: 20 }, (_, n) => owner(`d-${n}`)))
      const taken = await Promise.all(runs.map(run => takeLockFile(path, run)))
      const winners = runs.filter((_, n) => taken[n]?.kind === "held")
      expect(winners).toHaveLength(1)
      expect(await readLockFile(path)).toEqual(winners[0])
    })
  })

  test("where a file stands in the way of its folder is an error of the file system", async () => {
    await inFolder(async folder => {
      await writeFile(join(folder, "locks"), "")
      await expect(takeLockFile(lockPath(folder, "shop", "test"), owner("d-1"))).rejects.toMatchObject({
        code: expect.stringMatching(/EEXIST|ENOTDIR/),
      })
    })
  })
})
