import { expect, test } from "vitest"
import { syncFileSystem, tellsFailures } from "../../src/disk/sync-file-system.js"
import { syncMeanwhile } from "../../src/disk/sync-meanwhile.js"

const MIB = 1024 * 1024

/** Syncs that end when they are told to. */
function syncs() {
  const pending: ((isWell: boolean) => void)[] = []
  let begun = 0
  const sync = () => {
    begun++
    return new Promise<boolean>(resolve => pending.push(resolve))
  }
  return { sync, begun: () => begun, end: (isWell = true) => pending.shift()?.(isWell) }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test("one sync at a time goes on while much is written, and one comes last", async () => {
  const { sync, begun, end } = syncs()
  const result = syncMeanwhile(
    "/x",
    async wrote => {
      for (let i = 0; i < 100; i++) wrote(MIB)
      expect(begun()).toBe(1)
      end()
      await turn()
      wrote(MIB)
      expect(begun()).toBe(2)
    },
    sync,
  )
  await turn()
  await turn()
  // Not the last one, while one is going on that may not see all.
  expect(begun()).toBe(2)
  end()
  await turn()
  expect(begun()).toBe(3)
  end()
  expect(await result).toBe(true)
})

test("little is synced once, at its end", async () => {
  const { sync, begun, end } = syncs()
  const result = syncMeanwhile("/x", async wrote => wrote(1000), sync)
  await turn()
  expect(begun()).toBe(1)
  end()
  expect(await result).toBe(true)
})

test("one that did not go well makes the whole unknown, whatever a later one says", async () => {
  let begun = 0
  const work = async (wrote: (bytes: number) => void) => {
    wrote(100 * MIB)
    await turn()
    wrote(100 * MIB)
  }
  expect(await syncMeanwhile("/x", work, async () => ++begun > 1)).toBe(false)
  expect(begun).toBe(1)
  expect(
    await syncMeanwhile(
      "/x",
      async wrote => wrote(1),
      async () => false,
    ),
  ).toBe(false)
})

test("work that tells of nothing is not synced, and not known to be on the disk", async () => {
  const { sync, begun } = syncs()
  expect(await syncMeanwhile("/x", async () => {}, sync)).toBe(false)
  expect(begun()).toBe(0)
})

test("work that throws does so when no sync is going on any more", async () => {
  const { sync, end } = syncs()
  let ended = false
  const result = syncMeanwhile(
    "/x",
    async wrote => {
      wrote(100 * MIB)
      throw new Error("full")
    },
    sync,
  ).catch(error => {
    ended = true
    return error
  })
  await turn()
  expect(ended).toBe(false)
  end()
  expect(await result).toMatchObject({ message: "full" })
})

test.each([
  ["linux", "6.18.0-arch1", true],
  ["linux", "5.8.0-63-generic", true],
  ["linux", "5.7.19", false],
  ["linux", "4.18.0-553.el8", false],
  ["darwin", "23.1.0", false],
])("%s %s tells of failed writes: %s", (platform, version, tells) => {
  expect(tellsFailures(platform, version)).toBe(tells)
})

test("a file system that is not there is not synced", async () => {
  expect(await syncFileSystem("/nonexistent/folder")).toBe(false)
})

test("a sync that cannot be started is none, whatever kept it", async () => {
  // More than a new process can be given.
  process.env.MINOS_TEST_LARGE = "x".repeat(3 * MIB)
  try {
    expect(await syncFileSystem("/")).toBe(false)
  } finally {
    delete process.env.MINOS_TEST_LARGE
  }
})
