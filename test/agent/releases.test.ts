import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { layout } from "../../src/agent/layout.js"
import { releases } from "../../src/agent/releases.js"
import { makeFolder } from "../../src/disk/durable.js"
import type { PrepareRequest, TaskKey } from "../../src/model/deployment.js"
import type { ProcessSettings } from "../../src/model/process-settings.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { createStore } from "../../src/packages/store.js"
import { PROCESS, TASK, temporaryFolder } from "./support.js"

const SHA = "0a".repeat(32)

/** Releases in a folder of their own, with a package that is unpacked. */
async function bench() {
  const root = await temporaryFolder()
  const lines: string[] = []
  const open = async () => {
    const store = createStore(root)
    await makeFolder(store.staging)
    await store.clean()
    return releases(root, store.stagingPath, line => lines.push(line))
  }
  const at = layout(root)
  await mkdir(at.package(SHA), { recursive: true })
  return { root, lines, at, open, all: await open() }
}

function request(
  version: string,
  process: Partial<ProcessSettings> = {},
  key: TaskKey = TASK,
): PrepareRequest {
  return {
    ...key,
    op: "op",
    definition: ["command: node server.js"],
    notAfter: 0,
    ifGeneration: -1,
    task: "web.0",
    host: "host-01",
    region: "here",
    keep: 5,
    release: release({
      package: { name: "web", version, sha256: SHA },
      process: { ...PROCESS, ...process },
      ...PLAIN_RELEASE,
    }),
  }
}

test("the layout is the one that is written down", () => {
  const at = layout("/root")
  const task = at.task({ service: "shop", cluster: "prod", job: "web", instance: 3 })
  expect([at.package("abc"), task.release("id"), task.current, task.history]).toEqual([
    "/root/packages/abc",
    "/root/tasks/shop/prod/web/3/releases/id",
    "/root/tasks/shop/prod/web/3/current",
    "/root/tasks/shop/prod/web/3/history.jsonl",
  ])
})

test("a release is there whole, and is current after the switch", async () => {
  const { all, at, root } = await bench()
  const wanted = request("1", { env: { PASSWORD: [new Secret("env:X", "hunter2")] } })
  const { id } = wanted.release
  expect([await all.has(TASK, id), await all.current(TASK), await all.all()]).toEqual([false, undefined, []])
  await all.make(wanted)
  expect([await all.has(TASK, id), await all.current(TASK)]).toEqual([true, undefined])
  await all.switchTo(TASK, id)
  const { argv: _argv, env: _env, ...settings } = PROCESS
  const stored = {
    schema: 1,
    id,
    ...TASK,
    task: "web.0",
    host: "host-01",
    region: "here",
    package: { name: "web", version: "1", sha256: SHA },
    settings,
    definition: ["command: node server.js"],
    files: [],
    data: [{ disk: 0, folder: at.task(TASK).data }],
    scripts: [],
  }
  expect(await all.current(TASK)).toEqual(stored)
  expect(await all.all()).toEqual([stored])
  expect((await readdir(at.task(TASK).release(id))).sort()).toEqual([
    "exec",
    "files",
    "package",
    "release.json",
    "start",
  ])
  expect((await stat(join(at.task(TASK).release(id), "package"))).ino).toBe((await stat(at.package(SHA))).ino)
  expect(await readdir(join(root, "staging"))).toEqual([])
})

test("whatever the umask is, nobody else writes, and only the owner reads a secret", async () => {
  const before = process.umask(0)
  onTestFinished(() => {
    process.umask(before)
  })
  const { all, at, root } = await bench()
  const wanted = request("1", { env: { PASSWORD: [new Secret("env:X", "hunter2")] } })
  await all.make(wanted)
  await all.switchTo(TASK, wanted.release.id)
  await all.record(TASK, { event: "activate" })
  const folders = at.task(TASK)
  const found = await readdir(root, { recursive: true })
  for (const name of found.filter(name => name.startsWith("tasks"))) {
    const file = await lstat(join(root, name))
    if (file.isSymbolicLink()) continue
    expect([name, file.mode & 0o022]).toEqual([name, 0])
    if (!file.isFile()) continue
    if (/\.jsonl?$/.test(name)) expect([name, file.mode & 0o777]).toEqual([name, 0o600])
    const secret = (await readFile(join(root, name), "utf8")).includes("hunter2")
    expect([name, secret]).toEqual([name, /\/(start|exec)$/.test(name)])
  }
  for (const script of ["start", "exec"])
    expect((await stat(join(folders.release(wanted.release.id), script))).mode & 0o777).toBe(0o700)
  // As an older agent left it.
  await chmod(folders.history, 0o644)
  await all.record(TASK, { event: "activated" })
  expect((await stat(folders.history)).mode & 0o777).toBe(0o600)
})

test("the history grows by a line, also after one that a crash cut short", async () => {
  const { all, at } = await bench()
  await all.make(request("1"))
  await all.record(TASK, { event: "activate", user: "a\nb" })
  await all.record(TASK, { event: "activated" })
  await writeFile(at.task(TASK).history, '{"event":"acti', { flag: "a" })
  await all.record(TASK, { event: "activate" })
  expect(await readFile(at.task(TASK).history, "utf8")).toBe(
    '{"event":"activate","user":"a\\nb"}\n{"event":"activated"}\n{"event":"acti\n{"event":"activate"}\n',
  )
})

test("what a killed agent left half made is neither seen nor in the way", async () => {
  const { all, at, root, open } = await bench()
  const [old, made] = [request("1"), request("2")]
  await all.make(old)
  await all.switchTo(TASK, old.release.id)
  // Killed while it made a release, and while it made the new link.
  const half = join(root, "staging", "dead-release-x")
  await mkdir(half)
  await writeFile(join(half, "start"), "#!/bin/sh\n")
  await symlink("releases/nowhere", join(at.task(TASK).root, ".current.0123.tmp"))
  const next = await open()
  expect(await next.current(TASK)).toMatchObject({ id: old.release.id })
  expect(await readdir(join(root, "staging"))).toEqual([])
  await next.make(made)
  await next.switchTo(TASK, made.release.id)
  expect(await next.current(TASK)).toMatchObject({ id: made.release.id })
})

test.each<readonly [string, (folder: string) => Promise<unknown>]>([
  ["no release.json", folder => rm(join(folder, "release.json"))],
  ["an empty release.json", folder => writeFile(join(folder, "release.json"), "")],
  ["half a release.json", folder => writeFile(join(folder, "release.json"), '{"schema": 1, "id"')],
  ["another JSON", folder => writeFile(join(folder, "release.json"), "[1]")],
  ["a release.json without settings", folder => writeFile(join(folder, "release.json"), '{"schema": 1}')],
  [
    "the release.json of another task",
    async folder => {
      const file = join(folder, "release.json")
      await writeFile(file, (await readFile(file, "utf8")).replace('"instance": 0', '"instance": 1'))
    },
  ],
  [
    "a release.json that leads out",
    async folder => {
      const file = join(folder, "release.json")
      await writeFile(file, (await readFile(file, "utf8")).replace('"job": "web"', '"job": "../../x"'))
    },
  ],
  [
    "a folder as release.json",
    async folder => {
      await rm(join(folder, "release.json"))
      await mkdir(join(folder, "release.json"))
    },
  ],
  ["no release at all", folder => rename(folder, `${folder}-moved`)],
])("a task with %s hides no other, and is mended by making it again", async (_what, damage) => {
  const { all, at, open, lines } = await bench()
  const [broken, fine] = [request("1"), request("1", {}, { ...TASK, instance: 1 })]
  for (const wanted of [broken, fine]) {
    await all.make(wanted)
    await all.switchTo(wanted, wanted.release.id)
  }
  await damage(at.task(broken).release(broken.release.id))

  const next = await open()
  expect((await next.all()).map(found => found.instance)).toEqual([1])
  expect(await next.current(broken)).toBeUndefined()
  expect(await next.has(broken, broken.release.id)).toBe(false)
  await next.all()
  expect(lines).toEqual([expect.stringMatching(/release\.json is damaged and passed over: /)])

  await next.make(broken)
  expect(await next.has(broken, broken.release.id)).toBe(true)
  expect((await next.all()).map(found => found.instance)).toEqual([0, 1])
})

test("strangers among the folders are passed over", async () => {
  const { all, at } = await bench()
  const wanted = request("1")
  await all.make(wanted)
  await all.switchTo(TASK, wanted.release.id)
  await writeFile(join(at.tasks, ".DS_Store"), "")
  await writeFile(join(at.tasks, "shop", "notes.txt"), "")
  await mkdir(join(at.tasks, "shop", "test", "web", "old"))
  await mkdir(join(at.tasks, "shop", "test", "web", "7", "current"), { recursive: true })
  expect((await all.all()).map(found => found.instance)).toEqual([0])
})

test("the oldest releases go, but not the current one, nor those used last", async () => {
  const { all, at, root } = await bench()
  const made = Array.from({ length: 10 }, (_, n) => request(`${n}`))
  for (const [n, wanted] of made.entries()) {
    await all.make(wanted)
    await utimes(at.task(TASK).release(wanted.release.id), n, n)
  }
  const ids = made.map(wanted => wanted.release.id)
  await all.switchTo(TASK, ids[0]!)
  await all.touch(TASK, ids[1]!)
  await all.removeOldest(TASK, 4)
  expect((await readdir(at.task(TASK).releases)).sort()).toEqual([ids[0]!, ids[1]!, ids[8]!, ids[9]!].sort())
  expect(await all.current(TASK)).toMatchObject({ id: ids[0] })
  expect(await readdir(join(root, "staging"))).toEqual([])
  expect(await all.has(TASK, ids[5]!)).toBe(false)
})

test("the releases are told by their use, and the one before by the history", async () => {
  const { all, at } = await bench()
  const ids: string[] = []
  for (const version of ["1", "2", "3"]) {
    const wanted = request(version)
    await all.make(wanted)
    ids.push(wanted.release.id)
    await utimes(at.task(TASK).release(wanted.release.id), ids.length, ids.length)
  }
  const [one, two, three] = ids as [string, string, string]
  const seen = async () => [(await all.kept(TASK)).map(({ id }) => id), await all.previous(TASK)]
  expect(await seen()).toEqual([[three, two, one], undefined])

  await all.record(TASK, { event: "activate", from: null, to: one })
  await all.switchTo(TASK, one)
  expect(await seen()).toEqual([[one, three, two], undefined])
  await all.record(TASK, { event: "activate", from: one, to: two })
  // Killed before the switch.
  expect(await seen()).toEqual([[one, three, two], undefined])
  await all.touch(TASK, one)
  await all.switchTo(TASK, two)
  expect(await seen()).toEqual([[two, one, three], one])
  // Activated again, an event of another kind, and a line that a crash cut short.
  await all.record(TASK, { event: "activate", from: two, to: two })
  await all.record(TASK, { event: "hook", from: three, to: two })
  await writeFile(at.task(TASK).history, '{"event":"activate","from":"3', { flag: "a" })
  expect(await seen()).toEqual([[two, one, three], one])
})

test("after a release was put back, the one before is not the one that was taken away", async () => {
  const { all } = await bench()
  const wanted = request("2")
  await all.make(wanted)
  const two = wanted.release.id
  await all.switchTo(TASK, two)
  await all.record(TASK, { event: "activate", op: "d-1/activate/web.0", from: "1", to: two })
  await all.record(TASK, { event: "activate", op: "d-2/activate/web.0", from: two, to: "3" })
  await all.record(TASK, { event: "activate", op: "d-2/revert/web.0", from: "3", to: two })
  expect(await all.previous(TASK)).toBe("1")
})

test("the one before is found in the last part of a long history", async () => {
  const { all, at } = await bench()
  const wanted = request("1")
  await all.make(wanted)
  await all.switchTo(TASK, wanted.release.id)
  const event = (from: string) => `${JSON.stringify({ event: "activate", from, to: wanted.release.id })}\n`
  await writeFile(at.task(TASK).history, `${event("old").repeat(20_000)}${event("é")}{}\n[1]\nnull\n\n`)
  expect(await all.previous(TASK)).toBe("é")
})

test("a release of an older agent gets its script for commands when it is wanted again", async () => {
  const { all, at } = await bench()
  const wanted = request("1", { env: { COLOUR: "red" } })
  await all.make(wanted)
  const file = join(at.task(TASK).release(wanted.release.id), "exec")
  const text = await readFile(file, "utf8")
  await rm(file)
  await all.renew(wanted)
  expect([await readFile(file, "utf8"), (await stat(file)).mode & 0o777]).toEqual([text, 0o700])
})

test("a removal that is cut short leaves no release current, and can be made again", async () => {
  const { root, at, lines } = await bench()
  const store = createStore(root)
  let broken = true
  const all = releases(
    root,
    label => {
      if (broken && label === "removing") throw new Error("killed")
      return store.stagingPath(label)
    },
    line => lines.push(line),
  )
  const [old, wanted] = [request("1"), request("2")]
  await all.make(old)
  await all.make(wanted)
  await all.switchTo(TASK, wanted.release.id)
  await writeFile(join(at.task(TASK).data, "kept"), "")
  await expect(all.removeAll(TASK)).rejects.toThrow("killed")
  expect([await all.current(TASK), (await all.kept(TASK)).length]).toEqual([undefined, 2])
  broken = false
  await all.removeAll(TASK)
  await all.removeAll(TASK)
  expect([await all.kept(TASK), await readdir(at.task(TASK).data)]).toEqual([[], ["kept"]])
  expect(await readdir(join(root, "staging"))).toEqual([])
})

test("a task goes with the folders that are empty then, and no others", async () => {
  const { all, at, root } = await bench()
  const [zero, one] = [request("1"), request("1", {}, { ...TASK, instance: 1 })]
  for (const wanted of [zero, one]) await all.make(wanted)
  // As a package makes its own folders at times.
  await mkdir(join(at.task(zero).data, "read-only"), { mode: 0o500 })
  await all.removeTask(zero)
  expect(await readdir(join(at.tasks, "shop", "test", "web"))).toEqual(["1"])
  await all.removeTask(zero)
  await all.removeTask(one)
  expect([await readdir(at.tasks), await readdir(join(root, "staging"))]).toEqual([[], []])
  await all.make(one)
  expect(await all.has(one, one.release.id)).toBe(true)
})

test("what was prepared last stays, also when the clock was set back since the others were used", async () => {
  const { all, at } = await bench()
  const ids: string[] = []
  const hourAhead = Date.now() / 1_000 + 3_600
  for (const version of ["1", "2", "3"]) {
    const wanted = request(version)
    await all.make(wanted)
    ids.push(wanted.release.id)
    await utimes(at.task(TASK).release(wanted.release.id), hourAhead, hourAhead)
  }
  await all.switchTo(TASK, ids[0]!)
  const fresh = request("4")
  await all.make(fresh)
  await all.removeOldest(TASK, 1)
  expect(await all.has(TASK, fresh.release.id)).toBe(true)

  const again = request("2")
  await ((await all.has(TASK, again.release.id)) ? all.renew(again) : all.make(again))
  await all.removeOldest(TASK, 1)
  expect(await all.has(TASK, again.release.id)).toBe(true)
})
