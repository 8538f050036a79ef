import { access, readdir, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { pruner } from "../../src/agent/prune.js"
import { type Releases, releases } from "../../src/agent/releases.js"
import { makeFolder } from "../../src/disk/durable.js"
import type { TaskKey } from "../../src/model/deployment.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { createStore } from "../../src/packages/store.js"
import { unpackPackage } from "../../src/packages/unpack.js"
import { uploadBlob } from "../../src/packages/upload.js"
import { startBlobServer } from "../support/blob-server.js"
import { until } from "../support/until.js"
import { operationsBench } from "./operations-bench.js"
import { PROCESS, packageOf, TASK, temporaryFolder } from "./support.js"

const LONG_AGO = 1_000_000_000

async function bench({ delay = 3_600_000 } = {}) {
  const root = await temporaryFolder()
  const store = createStore(root)
  await makeFolder(store.staging)
  const lines: string[] = []
  const log = (line: string) => lines.push(line)
  const all = releases(root, store.stagingPath, log)
  const lanes = await operationsBench({ root })
  const pruning = pruner({ releases: all, store, operations: lanes, log, delay })
  const old = async (sha256: string) => {
    for (const path of [store.path(sha256), all.layout.package(sha256)])
      await utimes(path, LONG_AGO, LONG_AGO)
  }
  /** A package that came long ago, unpacked. */
  const unpacked = async (version: string) => {
    const blob = await packageOf(version, `echo ${version}\n`)
    const server = await startBlobServer(store)
    await uploadBlob(server.endpoint, blob)
    await server.close()
    await unpackPackage(store.path(blob.sha256), all.layout.package(blob.sha256))
    await old(blob.sha256)
    return blob.sha256
  }
  const there = async (sha256: string) =>
    Promise.all(
      [store.path(sha256), all.layout.package(sha256)].map(path =>
        access(path).then(
          () => true,
          () => false,
        ),
      ),
    )
  return { root, store, releases: all, lanes, pruning, lines, unpacked, there, old }
}

async function made(all: Releases, sha256: string, version: string, key: TaskKey = TASK): Promise<string> {
  const wanted = release({ package: { name: "web", version, sha256 }, process: PROCESS, ...PLAIN_RELEASE })
  const names = { task: "web.0", host: "h", region: "r" }
  await all.make({
    ...key,
    ...names,
    op: "op",
    notAfter: 0,
    ifGeneration: -1,
    release: wanted,
    keep: 5,
    definition: [],
  })
  return wanted.id
}

/** Nine releases of packages of their own, each made a second after the one before. */
async function nine({ releases: all, unpacked }: Awaited<ReturnType<typeof bench>>) {
  const packages: string[] = []
  const ids: string[] = []
  for (let n = 0; n < 9; n++) {
    packages.push(await unpacked(`${n}`))
    ids.push(await made(all, packages[n]!, `${n}`))
    await utimes(all.layout.task(TASK).release(ids[n]!), LONG_AGO + n, LONG_AGO + n)
  }
  return { packages, ids }
}

/** As an activation does it. */
async function activate(all: Releases, from: string | null, to: string): Promise<void> {
  await all.record(TASK, { event: "activate", from, to })
  if (from) await all.touch(TASK, from)
  await all.switchTo(TASK, to)
}

test("as many releases stay as asked for, the current one and the one before among them, with their packages", async () => {
  const parts = await bench()
  const { releases: all, pruning, there, root } = parts
  const { packages, ids } = await nine(parts)
  // Rolled back: the oldest runs, and the second oldest did before.
  await activate(all, ids[1]!, ids[0]!)
  pruning.changed(TASK, 5)
  await pruning.prune()
  const kept = [0, 1, 6, 7, 8]
  expect((await readdir(all.layout.task(TASK).releases)).sort()).toEqual(kept.map(n => ids[n]!).sort())
  for (const [n, sha256] of packages.entries())
    expect([n, await there(sha256)]).toEqual([n, kept.includes(n) ? [true, true] : [false, false]])
  expect(await readdir(join(root, "staging"))).toEqual([])
})

test.each<readonly [string, number, readonly number[]]>([
  ["1", 1, [0, 1, 8]],
  ["3", 3, [0, 1, 8]],
  ["4", 4, [0, 1, 7, 8]],
  ["100", 100, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
])(
  "of %s the current one, the one before and the one prepared last are never taken",
  async (_what, keep, kept) => {
    const parts = await bench()
    const { releases: all, pruning } = parts
    const { ids } = await nine(parts)
    await activate(all, null, ids[1]!)
    await activate(all, ids[1]!, ids[0]!)
    // An activation that did not come to its switch.
    await all.record(TASK, { event: "activate", from: ids[0], to: ids[5] })
    // Prepared for a deploy that is about to come.
    await utimes(all.layout.task(TASK).release(ids[8]!), new Date(), Date.now() / 1_000 + 60)
    pruning.changed(TASK, 50)
    pruning.changed(TASK, keep)
    await pruning.prune()
    const left = (await readdir(all.layout.task(TASK).releases)).map(id => ids.indexOf(id))
    expect(left.sort()).toEqual(kept)
  },
)

test("tasks that did not change keep all they have", async () => {
  const { releases: all, pruning, unpacked } = await bench()
  const sha256 = await unpacked("1")
  for (let n = 0; n < 9; n++) await made(all, sha256, `${n}`)
  pruning.changed({ ...TASK, instance: 1 }, 1)
  await pruning.prune()
  expect(await readdir(all.layout.task(TASK).releases)).toHaveLength(9)
})

test("a package that just came, or that someone asked for, stays although no release needs it", async () => {
  const { pruning, unpacked, there, store, releases: all } = await bench()
  const [fresh, wanted, forgotten] = [await unpacked("1"), await unpacked("2"), await unpacked("3")]
  const now = new Date()
  await utimes(store.path(fresh), now, now)
  await utimes(all.layout.package(fresh), now, now)
  await pruning.wanted(wanted)
  await pruning.wanted("ab".repeat(32))
  await pruning.prune()
  expect(await there(fresh)).toEqual([true, true])
  // It can be unpacked again.
  expect(await there(wanted)).toEqual([true, false])
  expect(await there(forgotten)).toEqual([false, false])
})

test("where no task ever changes, as on a relay, old packages go when others are asked for", async () => {
  const { pruning, unpacked, there } = await bench({ delay: 1 })
  const [old, wanted] = [await unpacked("1"), await unpacked("2")]
  await pruning.wanted(wanted)
  await until("the old one is gone", async () => !(await there(old)).includes(true))
  expect((await there(wanted))[0]).toBe(true)
})

test("no package goes while a release is made", async () => {
  const { pruning, unpacked, there } = await bench()
  const sha256 = await unpacked("1")
  await pruning.whileNeeded(async () => {
    await pruning.prune()
    expect(await there(sha256)).toEqual([true, true])
  })
  const pruned = pruning.prune()
  await pruning.whileNeeded(async () => {})
  await pruned
  expect(await there(sha256)).toEqual([true, true])
  await pruning.prune()
  expect(await there(sha256)).toEqual([false, false])
})

test("no package goes when it cannot be told of every release what it is made of", async () => {
  const { pruning, unpacked, there, releases: all } = await bench()
  const [used, unused] = [await unpacked("1"), await unpacked("2")]
  const id = await made(all, used, "1")
  await writeFile(join(all.layout.task(TASK).releases, "notes.txt"), "")
  await pruning.prune()
  expect([await there(used), await there(unused), await all.has(TASK, id)]).toEqual([
    [true, true],
    [true, true],
    true,
  ])
})

test("a task waits for its own operations before it is pruned, and a failure is only logged", async () => {
  const { pruning, lanes, releases: all, unpacked, lines } = await bench()
  const sha256 = await unpacked("1")
  for (let n = 0; n < 9; n++) await made(all, sha256, `${n}`)
  let end = () => {}
  const running = lanes.between(
    "shop.test.web.0",
    () =>
      new Promise(resolve => {
        end = resolve
      }),
  )
  pruning.changed(TASK, 6)
  const pruned = pruning.prune()
  await new Promise(resolve => setImmediate(resolve))
  expect(await readdir(all.layout.task(TASK).releases)).toHaveLength(9)
  end()
  await Promise.all([running, pruned])
  expect(await readdir(all.layout.task(TASK).releases)).toHaveLength(6)
  expect(lines).toEqual([])
})
