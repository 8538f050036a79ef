import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Accounts } from "../../src/agent/accounts.js"
import { releases } from "../../src/agent/releases.js"
import { makeFolder } from "../../src/disk/durable.js"
import { type ReleaseFile, release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { digestFile } from "../../src/packages/digest.js"
import { createStore } from "../../src/packages/store.js"
import { uploadBlob } from "../../src/packages/upload.js"
import { bench, PROCESS, packageOf, releaseOf, STAYS, TASK, temporaryFolder } from "./support.js"

const SHA = "0a".repeat(32)
const BLOB = "0b".repeat(32)
const ROOT_ONLY = process.getuid?.() === 0

function text(
  path: string,
  content: ReleaseFile["content"] | string,
  more: Partial<ReleaseFile> = {},
): ReleaseFile {
  return {
    path,
    mode: 0o640,
    content: typeof content === "string" ? { kind: "text", text: content } : content,
    ...more,
  }
}

/** Makes a release with these files by an agent of these accounts. */
async function make(files: readonly ReleaseFile[], accounts?: Accounts, user?: string) {
  const root = await temporaryFolder()
  await chmod(root, 0o755)
  const store = createStore(root)
  await makeFolder(store.staging)
  const all = releases(root, store.stagingPath, () => {}, { accounts })
  await mkdir(all.layout.package(SHA), { recursive: true })
  await mkdir(join(root, "blobs/sha256"), { recursive: true })
  await writeFile(all.layout.blob(BLOB), Buffer.from([0, 255, 10]))
  const made = release({
    package: { name: "web", version: "1", sha256: SHA },
    process: { ...PROCESS, ...(user !== undefined && { user }) },
    files,
    scripts: {},
    data: [0],
  })
  const names = {
    task: "web.0",
    host: "h",
    region: "r",
    op: "op",
    notAfter: 0,
    ifGeneration: -1,
    definition: [],
    keep: 5,
  }
  await all.make({ ...TASK, ...names, release: made })
  const folder = all.layout.task(TASK).release(made.id)
  return { root, all, id: made.id, folder, files: join(folder, "files") }
}

const ownerOf = async (path: string) => {
  const { uid, gid, mode } = await stat(path)
  return [uid, gid, (mode & 0o777).toString(8)]
}

test("files are written with their folders, their modes, and the task's folders and secrets in their text", async () => {
  const before = process.umask(0o077)
  onTestFinished(() => void process.umask(before))
  const { root, all, folder, files, id } = await make([
    text("conf/zoo.cfg", {
      kind: "text",
      text: ["dataDir=", { folder: "data" }, "\npw=", new Secret("env:PW", "hunter2"), "\n"],
    }),
    text("conf/deep/where", {
      kind: "text",
      text: [{ folder: "files" }, " ", { folder: "package" }, " ", { folder: "log" }, " ", { folder: "run" }],
    }),
    text("bin/tool", { kind: "blob", sha256: BLOB, size: 3 }, { mode: 0o755 }),
    text("locked", "x", { mode: 0 }),
  ])
  const task = all.layout.task(TASK)
  expect(await readFile(join(files, "conf/zoo.cfg"), "utf8")).toBe(`dataDir=${task.data}\npw=hunter2\n`)
  expect((await readFile(join(files, "conf/deep/where"), "utf8")).split(" ")).toEqual([
    files,
    join(folder, "package"),
    task.log,
    task.run,
  ])
  expect(await readFile(join(files, "bin/tool"))).toEqual(Buffer.from([0, 255, 10]))
  const modes = await Promise.all(
    ["", "conf", "conf/deep", "conf/zoo.cfg", "bin/tool", "locked"].map(
      async path => (await ownerOf(join(files, path)))[2],
    ),
  )
  expect(modes).toEqual(["755", "755", "755", "640", "755", "0"])
  expect((await all.read(TASK, id))?.files).toEqual([
    { path: "conf/zoo.cfg", mode: 0o640, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { path: "conf/deep/where", mode: 0o640, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { path: "bin/tool", mode: 0o755, sha256: BLOB },
    { path: "locked", mode: 0, sha256: "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881" },
  ])
  expect(await readFile(join(folder, "release.json"), "utf8")).not.toContain("hunter2")
  expect(await readdir(join(root, "staging"))).toEqual([])

  expect(await all.has(TASK, id)).toBe(true)
  await rm(files, { recursive: true })
  expect(await all.has(TASK, id)).toBe(false)
})

test("a content that is gone leaves no release, and a thousand files are made", async () => {
  await expect(make([text("a", "x"), text("b", { kind: "blob", sha256: SHA, size: 3 })])).rejects.toThrow(
    /PRECONDITION: the content of b \(0a0a0a0a0a0a\) is not here/,
  )
  const many = await make(Array.from({ length: 1_000 }, (_, n) => text(`${n % 7}/${n}`, String(n))))
  expect(await readFile(join(many.files, "5/999"), "utf8")).toBe("999")
})

describe("the owner of a file", () => {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const web = { name: "web", uid: 60_001, gid: 60_002, groups: [60_002, 60_003] }
  const accounts = (uid: number): Accounts => ({
    own: { uid, gid: uid },
    user: async name => (name === "web" ? web : undefined),
    group: async name => (name === "ops" ? 60_003 : name === "root" ? 0 : undefined),
  })

  test.skipIf(!ROOT_ONLY)("is whom it names, else whoever the program runs as", async () => {
    const { folder, files } = await make(
      [text("a", "x"), text("b", "x", { owner: "web:ops" }), text("c", "x", { owner: "web" })],
      accounts(0),
      "web",
    )
    expect(await Promise.all(["a", "b", "c"].map(path => ownerOf(join(files, path))))).toEqual([
      [60_001, 60_002, "640"],
      [60_001, 60_003, "640"],
      [60_001, 60_002, "640"],
    ])
    expect(await ownerOf(join(folder, "start"))).toEqual([60_001, 60_002, "700"])
    expect(await ownerOf(join(folder, "exec"))).toEqual([60_001, 60_002, "700"])
    expect(await ownerOf(folder)).toEqual([own.uid, own.gid, "755"])
  })

  test.each([
    ["a user that is not there", "nobody-here", 0, /PRECONDITION: this host has no user nobody-here/],
    ["a group that is not there", "web:none", 0, /PRECONDITION: this host has no group none/],
    [
      "another user, by an agent that is not root",
      "web",
      1_000,
      /uid 1000, not as root, so it cannot give a file to web/,
    ],
    ["a group that its user is not in", "web:root", 60_001, /cannot give a file to web:root/],
  ])("is refused when it is %s", async (_, owner, uid, words) => {
    await expect(make([text("a", "x", { owner })], accounts(uid))).rejects.toThrow(words)
  })

  test.each([
    ["that is not there", "nobody-here", 0, /PRECONDITION: this host has no user nobody-here/],
    ["of others, by an agent that is not root", "web", 1_000, /cannot run a program as web: leave user out/],
  ])("a program cannot run as a user %s", async (_, user, uid, words) => {
    await expect(make([], accounts(uid), user)).rejects.toThrow(words)
  })
})

test("an agent takes a release with files once their contents were sent, and its program finds them", async () => {
  const all = await bench("embedded")
  const folder = await temporaryFolder()
  const path = join(folder, "words")
  await writeFile(path, "from the operator's machine")

  const blob = { path, ...(await digestFile(path)) }
  const script = 'cat "$MINOS_FILES_DIR/a/words" "$MINOS_FILES_DIR/greeting"\nexec sleep 1000\n'
  const made = releaseOf(
    await all.upload("1", script),
    "1",
    {},
    {
      files: [
        text("a/words", { kind: "blob", sha256: blob.sha256, size: blob.size }),
        text("greeting", { kind: "text", text: [" and \u001b[1m", { folder: "run" }] }),
      ],
    },
  )
  await expect(all.prepare(made)).rejects.toMatchObject({
    failure: { faultCode: 203, message: expect.stringContaining("a/words") },
  })
  await uploadBlob(all.endpoint, blob)
  expect(await all.deploy(made)).toMatchObject({ state: "done" })
  await all.reaches("RUNNING")
  const log = join(all.root, "tasks/shop/test/web/0/log/stdout.log")
  await expect
    .poll(() => readFile(log, "utf8"))
    .toBe(`from the operator's machine and \u001b[1m${join(all.root, "tasks/shop/test/web/0/run")}`)
})

test("a package that is asked for stays another day", async () => {
  const all = await bench("embedded")
  const blob = await packageOf("1", STAYS("1"))
  await uploadBlob(all.endpoint, blob)
  const stored = join(all.root, "blobs/sha256", blob.sha256)

  await utimes(stored, 1, 1)
  expect(await uploadBlob(all.endpoint, blob)).toBe("present")
  expect((await stat(stored)).mtimeMs).toBeGreaterThan(1_000_000)
})
