import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { checkDataDirs } from "../../src/agent/data-dirs.js"
import { type DataFolder, dataDisks } from "../../src/agent/data-disks.js"
import { layout } from "../../src/agent/layout.js"
import type { MinosError } from "../../src/model/error.js"
import { until } from "../support/until.js"
import { bench, nextOp, releaseOf, TASK, temporaryFolder } from "./support.js"

const WHERE = "shop/test/web/0"

async function places() {
  const folder = await temporaryFolder()
  const [root, one, two] = ["root", "one", "two"].map(name => join(folder, name)) as [string, string, string]
  for (const dir of [root, one, two]) await mkdir(dir)
  const at = layout(root)
  const own = at.task(TASK).data
  const fill = async (dir: string) => {
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, "myid"), "1")
  }
  return { folder, root, one, two, at, own, fill }
}

describe("the disks of a task's data", () => {
  test("are one beside its releases where none is given, and else a folder on each", async () => {
    const { at, own, one, two } = await places()
    const none = dataDisks(at, [])
    expect([none.count, await none.find(TASK, [0])]).toEqual([1, [{ disk: 0, folder: own }]])
    const both = dataDisks(at, [one, two])
    expect([both.count, await both.find(TASK, [1, 0])]).toEqual([
      2,
      [
        { disk: 1, folder: join(two, WHERE) },
        { disk: 0, folder: join(one, WHERE) },
      ],
    ])
    await expect(both.find(TASK, [2])).rejects.toThrow(
      /PRECONDITION: .* data disk 2, .* this host has 2: .*--data DIR/,
    )
  })

  test("leave a task where its data was before there were any, until that is moved", async () => {
    const { at, own, one, fill } = await places()
    const disks = dataDisks(at, [one])
    await mkdir(own, { recursive: true })
    expect(await disks.find(TASK, [0])).toEqual([{ disk: 0, folder: join(one, WHERE) }])
    await fill(own)
    expect(await disks.find(TASK, [0])).toEqual([{ disk: 0, folder: own }])
    await rm(own, { recursive: true })
    expect(await disks.find(TASK, [0])).toEqual([{ disk: 0, folder: join(one, WHERE) }])
  })

  test("never let a task begin anew beside the data of its present release", async () => {
    const { at, own, one, two, fill } = await places()
    const before: readonly DataFolder[] = [{ disk: 0, folder: join(one, WHERE) }]
    const wrong = [dataDisks(at, []), dataDisks(at, [two, one])]
    for (const disks of wrong) expect(await disks.find(TASK, [0], { before })).toHaveLength(1)
    await fill(join(one, WHERE))
    for (const disks of wrong)
      await expect(disks.find(TASK, [0], { before })).rejects.toThrow(
        /PRECONDITION: its data of disk 0 is in .*one.*--data as before/,
      )
    expect(await dataDisks(at, [one]).find(TASK, [0], { before })).toEqual(before)
    await fill(own)
    await expect(dataDisks(at, [one]).find(TASK, [0], { before })).rejects.toThrow(/PRECONDITION/)
  })

  test("are not begun anew where a disk is not mounted", async () => {
    const { at, own, one } = await places()
    const before: readonly DataFolder[] = [{ disk: 0, folder: join(one, WHERE) }]
    await expect(dataDisks(at, [one]).find(TASK, [0], { before })).rejects.toThrow(
      /PRECONDITION: .* is the disk mounted\?/,
    )
    await mkdir(join(one, WHERE), { recursive: true })
    expect(await dataDisks(at, [one]).find(TASK, [0], { before })).toEqual(before)
    // Beside its releases it is made when it is not there, as ever.
    expect(await dataDisks(at, []).find(TASK, [0], { before: [{ disk: 0, folder: own }] })).toHaveLength(1)
  })

  test("never lose sight of what a task has on a disk that its next release is not on, or not first", async () => {
    const { at, one, two, fill } = await places()
    const disks = dataDisks(at, [one, two])
    const [first, second] = [one, two].map((dir, disk) => ({ disk, folder: join(dir, WHERE) })) as [
      DataFolder,
      DataFolder,
    ]
    // A disk that is not mounted may hold something.
    await expect(disks.find(TASK, [1], { before: [first] })).rejects.toThrow(/disk 0 is gone: is the disk/)
    await mkdir(first.folder, { recursive: true })
    expect(await disks.find(TASK, [1], { before: [first] })).toEqual([second])
    await fill(first.folder)
    for (const wanted of [[1], [1, 0]])
      await expect(disks.find(TASK, wanted, { before: [first] })).rejects.toThrow(
        /PRECONDITION: its main data is on disk 0, in .*one.*, and the release has its own on disk 1: .*move what is there to .*two/,
      )
    expect(await disks.find(TASK, [0, 1], { before: [first] })).toEqual([first, second])
    await mkdir(second.folder, { recursive: true })
    expect(await disks.find(TASK, [0], { before: [first, second] })).toEqual([first])
    await fill(second.folder)
    await expect(disks.find(TASK, [0], { before: [first, second] })).rejects.toThrow(
      /PRECONDITION: it has data on disk 1, in .*two.*: name disk 1 in data, or stop the task and move/,
    )
  })

  test("of a task that was taken off and ran before are not begun anew where a disk is not mounted", async () => {
    const { at, own, one } = await places()
    const everRan = async () => true
    const disks = dataDisks(at, [one])
    await expect(disks.find(TASK, [0], { everRan })).rejects.toThrow(/PRECONDITION: .* is the disk mounted\?/)
    expect(await disks.find(TASK, [0])).toHaveLength(1)
    expect(await dataDisks(at, []).find(TASK, [0], { everRan })).toEqual([{ disk: 0, folder: own }])
    await mkdir(join(one, WHERE), { recursive: true })
    expect(await disks.find(TASK, [0], { everRan })).toHaveLength(1)
  })

  test("lose a task's folders, empty parents and nothing else, and what a removal that was cut off left", async () => {
    const { at, one, two, fill, folder } = await places()
    const disks = dataDisks(at, [one, two])
    const outside = join(folder, "outside")
    await fill(outside)
    await fill(join(one, WHERE))
    await symlink(outside, join(one, WHERE, "link"))
    await fill(join(two, "shop/test/web/1"))
    await symlink(outside, join(two, WHERE))
    await fill(join(one, ".minos-removing-abc"))
    await disks.remove(TASK)
    await disks.remove(TASK)
    await disks.clean()
    expect([await readdir(one), await readdir(two, { recursive: true }), await readdir(outside)]).toEqual([
      [],
      ["shop", "shop/test", "shop/test/web", "shop/test/web/1", "shop/test/web/1/myid"],
      ["myid"],
    ])
  })
})

describe("--data", () => {
  test("takes folders outside of the root, once each", async () => {
    const { root, one, two, folder } = await places()
    expect(await checkDataDirs(root, [])).toEqual([])
    expect(await checkDataDirs(root, [`${one}/`, two])).toEqual([one, two])
    await symlink(one, join(folder, "link"))
    await mkdir(join(one, "inner"))
    await mkdir(join(root, "inner"))
    await mkdir(join(folder, "a:b"))
    await writeFile(join(folder, "file"), "")
    const bad: readonly (readonly [readonly string[], RegExp])[] = [
      [[join(folder, "none")], /does not exist: mount the disk/],
      [[join(folder, "file")], /is no folder/],
      [[one, one], /lie in one another/],
      [[one, join(folder, "link")], /lie in one another/],
      [[one, join(one, "inner")], /lie in one another/],
      [[join(one, "inner"), one], /lie in one another/],
      [[root], /the root .* lie in one another/],
      [[folder], /the root .* lie in one another/],
      [["/"], /the root .* lie in one another/],
      [[join(root, "inner")], /the root .* lie in one another/],
      [[join(folder, "a:b")], /colon/],
    ]
    for (const [dirs, words] of bad) {
      const error = await checkDataDirs(root, dirs).catch((error: MinosError) => error)
      expect(error).toMatchObject({ code: "DATA_DIR", exitCode: 2, message: expect.stringMatching(words) })
    }
  })
})

test("an agent with disks gives a task those of its release, tells how many it has, and removes them with its data", async () => {
  const { one, two } = await places()
  const all = await bench("embedded", { dataDirs: [one, two] })
  const script = 'echo "$MINOS_DATA_DIR $MINOS_DATA_DIRS $1" >"$MINOS_DATA_DIR/said"\nexec sleep 1000\n'
  const blob = await all.upload("1", script)
  const made = releaseOf(
    blob,
    "1",
    { argv: ["sh", "run.sh", [{ folder: "data" }, " ", { folder: "data", index: 0 }]] },
    { data: [1, 0] },
  )
  expect((await all.deployment.inspect("shop", "test", "")).dataFolders).toBe(2)
  await expect(all.prepare(releaseOf(blob, "1", {}, { data: [2] }))).rejects.toMatchObject({
    failure: { faultCode: 203 },
  })
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
  const said = join(two, WHERE, "said")
  const [first, second] = [join(two, WHERE), join(one, WHERE)]
  await until("it says where its data is", async () => (await readFile(said, "utf8").catch(() => "")) !== "")
  expect(await readFile(said, "utf8")).toBe(`${first} ${first}:${second} ${first} ${second}\n`)

  const remove = {
    ...TASK,
    op: nextOp("remove"),
    notAfter: Math.ceil(Date.now() / 1_000) + 600,
    ifGeneration: -1,
    data: true,
  }
  await all.deployment.remove(remove)
  await until("it is removed", async () => (await all.deployment.operation(remove.op)).state === "done")
  expect([await readdir(one), await readdir(two), await readdir(join(all.root, "tasks"))]).toEqual([
    [],
    [],
    [],
  ])
})

test("a task that was taken off without its data does not begin anew on a disk that is not mounted", async () => {
  const { one } = await places()
  const all = await bench("embedded", { dataDirs: [one] })
  const made = releaseOf(await all.upload("1", "exec sleep 1000\n"), "1")
  await all.deploy(made)
  const op = nextOp("remove")
  const notAfter = Math.ceil(Date.now() / 1_000) + 600
  await all.deployment.remove({ ...TASK, op, notAfter, ifGeneration: -1, data: false })
  await until("it is removed", async () => (await all.deployment.operation(op)).state === "done")
  await rm(join(one, "shop"), { recursive: true })
  await expect(all.prepare(made)).rejects.toThrow(/PRECONDITION: .* is the disk mounted\?/)
  await mkdir(join(one, WHERE), { recursive: true })
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
})

test("a release that was made before its data moved is not run, and is made anew by the next deploy", async () => {
  const { one } = await places()
  const first = await bench("embedded")
  const blob = await first.upload("1", 'touch "$MINOS_DATA_DIR/x"\nexec sleep 1000\n')
  const [old, wanted] = [releaseOf(blob, "1"), releaseOf(blob, "2")]
  await first.deploy(old)
  await first.deploy(wanted)
  const own = join(first.root, "tasks", WHERE, "data")
  await until("it has data", async () => (await readdir(own)).length > 0)
  await first.agent.close()

  const all = await bench("embedded", { root: first.root, dataDirs: [one] })
  expect(await all.deploy(wanted)).toMatchObject({ state: "done" })
  expect(await readdir(own)).toEqual(["x"])
  await all.supervisor.stopProcess("shop.test.web.0")
  await rm(own, { recursive: true })
  expect(await all.activate(old.id)).toMatchObject({
    state: "failed",
    message: expect.stringMatching(
      /PRECONDITION: the release .* was made when its data was in .*: deploy it again/,
    ),
  })
  expect(await all.deploy(old)).toMatchObject({ state: "done" })
  await until("it has data on the disk", async () => (await readdir(join(one, WHERE))).length > 0)
})
