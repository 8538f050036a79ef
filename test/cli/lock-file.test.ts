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
import { ownIdentity } from "../../src/cli/process-identity.js"
import { alone } from "../../src/cli/process-mutex.js"
import { inFolder } from "../support/minos.js"

const HERE = "ops-1"

/** A run of this process, so that it lives. */
async function owner(run: string, change: Partial<FileOwner> = {}): Promise<FileOwner> {
  return {
    run,
    who: "ann",
    from: HERE,
    command: "minos deploy",
    since: "2026-11-22T10:15:00Z",
    ...(await ownIdentity()),
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
  started: "some-boot 1",
}

/** Processes that are dead for sure. */
const DEAD: readonly [string, Partial<FileOwner>][] = [
  ["whose process is gone", { pid: 2 ** 22 + 1 }],
  ["whose process id was given to another program", { started: "some-boot 1" }],
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
      const mine = await owner("d-1")
      expect(await takeLockFile(path, mine)).toEqual({ kind: "held" })
      expect(JSON.parse(await readFile(path, "utf8"))).toEqual(mine)
      expect((await stat(path)).mode & 0o777).toBe(0o600)
      expect((await stat(join(folder, "state", "locks"))).mode & 0o777).toBe(0o700)
      expect(await releaseLockFile(path, "d-2")).toBe(false)
      expect(await readLockFile(path)).toEqual(mine)
      expect(await releaseLockFile(path, "d-1")).toBe(true)
      expect(await releaseLockFile(path, "d-1")).toBe(false)
      expect(await readdir(join(folder, "state", "locks"))).toEqual([])
    })
  })

  test("of a run that lives keeps another out, who is told whose it is", async () => {
    const first = await owner("d-1")
    await withFile(first, async path => {
      expect(await takeLockFile(path, await owner("d-2"))).toEqual({ kind: "refused", owner: first })
      expect(await removeDead(path, HERE)).toBe(false)
      expect(await seenFile(path, HERE)).toMatchObject({ run: "d-1", owner: "lives" })
    })
  })

  test.each(DEAD)("%s is taken over", async (_, change) => {
    await withFile(await owner("d-1", change), async path => {
      expect(await seenFile(path, HERE)).toMatchObject({ run: "d-1", owner: "dead" })
      const mine = await owner("d-2")
      expect(await takeLockFile(path, mine)).toEqual({ kind: "held" })
      expect(await readLockFile(path)).toEqual(mine)
    })
  })

  test("of another machine, which shares the folder, is not taken over: nobody can look there", async () => {
    const other = await owner("d-1", { from: "ops-2", pid: 2 ** 22 + 1 })
    await withFile(other, async path => {
      expect(await takeLockFile(path, await owner("d-2"))).toEqual({ kind: "refused", owner: other })
      expect(await seenFile(path, HERE)).toMatchObject({ owner: "elsewhere" })
    })
  })

  test.each(["", "{", "[]", "null", '{"run":"d-1"}', '{"pid":-1}'])(
    "that is damaged (%j) is nobody's, and taken over",
    async text => {
      await withFile(text, async path => {
        expect(await readLockFile(path)).toBe("damaged")
        expect(await seenFile(path, HERE)).toBeUndefined()
        expect(await takeLockFile(path, await owner("d-2"))).toEqual({ kind: "held" })
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
      await expect(takeLockFile(lockPath(folder, "shop", "test"), await owner("d-1"))).rejects.toMatchObject({
        code: expect.stringMatching(/EEXIST|ENOTDIR/),
      })
    })
  })
})

test("work that is done alone is never done twice at once, and a failure lets the next one in", async () => {
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await new Promise(resolve => setImmediate(resolve))
    inside--
    throw new Error("it failed")
  }
  const name = `test ${process.pid}`
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => alone(name, work)))
  expect(all.every(one => one.status === "rejected")).toBe(true)
  expect([inside, most]).toEqual([0, 1])
})
