import { execFileSync } from "node:child_process"
import {
  chmod,
  chown,
  lchown,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { hostAccounts } from "../../src/agent/accounts.js"
import { createEmbeddedBackend } from "../../src/agent/embedded/backend.js"
import { layout } from "../../src/agent/layout.js"
import { readProcess, readRecorded } from "../../src/agent/process-identity.js"
import { giveFolders } from "../../src/agent/task-folders.js"
import { until } from "../support/until.js"
import { BACKENDS, bench, PROCESS, PROGRAM, releaseOf, TASK, temporaryFolder } from "./support.js"

const IS_ROOT = process.getuid?.() === 0
const SAYS = `{ id -u; id -G; umask; pwd; } >"$MINOS_DATA_DIR/said"
cd /
exec sleep 1000
`

/** A user of this host that is in more than its own group, or else any but root. */
const USER =
  ["postgres", "www-data", "nobody"].find(name => {
    try {
      return execFileSync("id", ["-G", name], { encoding: "utf8", stdio: "pipe" }).trim().includes(" ")
    } catch {
      return false
    }
  }) ?? "nobody"

test("this host's users and groups are found, and others are not", async () => {
  expect(await hostAccounts.user("root")).toMatchObject({ name: "root", uid: 0, gid: 0 })
  expect(await hostAccounts.group("root")).toBe(0)
  expect(await hostAccounts.user("minos-no-such-user")).toBeUndefined()
  expect(await hostAccounts.group("minos-no-such-group")).toBeUndefined()
})

describe.skipIf(!IS_ROOT).each(BACKENDS)("a program with a user of its own, %s", kind => {
  test("runs as that user, in its groups, its folder and with its umask, and so do commands beside it", async () => {
    const all = await bench(kind)
    const blob = await all.upload("1", SAYS)
    const made = releaseOf(
      blob,
      "1",
      {
        argv: ["sh", [{ folder: "package" }, "/run.sh"]],
        user: USER,
        umask: "027",
        directory: "../files/conf",
        priority: 5,
      },
      { files: [{ path: "conf/x", mode: 0o400, content: { kind: "text", text: "x" } }] },
    )
    await chmod(all.root, 0o700)
    expect(await all.prepare(made)).toMatchObject({
      state: "failed",
      message: expect.stringContaining(`PRECONDITION: ${USER} cannot get into ${all.root}`),
    })
    await chmod(all.root, 0o755)
    expect(await all.deploy(made)).toMatchObject({ state: "done" })
    const { pid } = await all.reaches("RUNNING")

    const account = (await hostAccounts.user(USER))!
    const task = join(all.root, "tasks/shop/test/web/0")
    const said = await until("the program says who it is", async () => {
      const lines = (await readFile(join(task, "data/said"), "utf8").catch(() => "")).split("\n")
      return lines.length > 4 && lines
    })
    expect([said[0], said[2], said[3]]).toEqual([
      String(account.uid),
      "0027",
      join(task, "releases", made.id, "files/conf"),
    ])
    expect(said[1]?.split(" ").map(Number).sort()).toEqual([...account.groups].sort())
    expect(await readFile(`/proc/${pid}/status`, "utf8")).toContain(`Uid:\t${account.uid}\t${account.uid}`)
    expect((await stat(join(task, "data/said"))).mode & 0o777).toBe(0o640)
    // Its own folders, and not the one that its supervisor writes to.
    const owners = await Promise.all(
      ["data", "log", "run", "output", "."].map(async name => (await stat(join(task, name))).uid),
    )
    expect(owners).toEqual([account.uid, account.uid, account.uid, 0, 0])
    expect(await readFile(join(task, "output/stdout.log"), "utf8")).toBe("")
    // It wrote itself down, so that an orphan is found.
    expect(await readFile(join(task, "run/process"), "utf8")).toMatch(new RegExp(`^${pid} `))

    const probe = { ...TASK, argv: ["sh", "-c", "echo $(id -u) $(cat x); exit 1"], timeout: 10 }
    expect(await all.deployment.probe(probe)).toEqual({
      ok: false,
      said: `exit status 1: "${account.uid} x"`,
    })
    expect(await all.stdout()).toBe("")

    // What its user may leave for root to write through.
    const victim = join(all.root, "victim")
    await writeFile(victim, "as it was")
    const planted = ["log/stdout.log", "log/stderr.log", "run/process", "run/pid"].map(name =>
      join(task, name),
    )
    for (const path of planted) {
      await rm(path, { force: true })
      await symlink(victim, path)
      await lchown(path, account.uid, account.gid)
    }
    await symlink("stdout.log", join(task, "log/latest"))
    for (const name of ["data", "log", "run"]) await chmod(join(task, name), 0o777)

    // Without one again, it is the agent's.
    const plain = releaseOf(blob, "1", { argv: ["sh", "run.sh"] })
    expect(await all.deploy(plain)).toMatchObject({ state: "done" })
    const again = await all.reaches("RUNNING")
    expect(await readFile(`/proc/${again.pid}/status`, "utf8")).toContain("Uid:\t0\t0")
    expect(await readFile(victim, "utf8")).toBe("as it was")
    expect(await readFile(join(task, "run/process"), "utf8")).toMatch(new RegExp(`^${again.pid} `))
    expect(await readdir(join(task, "log"))).toEqual(["latest"])
    expect(await readdir(join(task, "run"))).toEqual(["process"])
    const taken = await Promise.all(["data", "log", "run"].map(name => stat(join(task, name))))
    expect(taken.map(({ uid, mode }) => [uid, mode & 0o777])).toEqual(taken.map(() => [0, 0o755]))
    expect(again.stdoutLog).toBe(join(task, "output/stdout.log"))
  })
})

describe.skipIf(!IS_ROOT)("folders that change hands", () => {
  async function folders() {
    const root = await temporaryFolder()
    const at = layout(root).task(TASK)
    for (const folder of [at.data, at.log, at.run]) await mkdir(folder, { recursive: true })
    return at
  }
  const ROOT = { uid: 0, gid: 0 }

  test.each<[string, (record: string) => Promise<unknown>, readonly string[]]>([
    ["a plain file of root", record => writeFile(record, "x"), ["process"]],
    [
      "a second name of a file",
      record => writeFile(record, "x").then(() => link(record, `${record}-2`)),
      ["process-2"],
    ],
    ["a plain file of another", record => writeFile(record, "x").then(() => chown(record, 12_345, 0)), []],
    ["a pipe", async record => execFileSync("mkfifo", [record]), []],
    ["a link", record => symlink("/etc/hostname", record), []],
    ["a folder", record => mkdir(record), [expect.stringMatching(/^process\.[0-9a-f]{12}$/)]],
  ])("%s as the record of a process, also where a crash cut the change off", async (_what, make, left) => {
    const at = await folders()
    await make(at.process)
    await giveFolders([at.data], at, ROOT)
    expect(await readdir(at.run)).toEqual(left)
  })

  test("through a link they do, if it is the operator's own", async () => {
    const at = await folders()
    await rename(at.data, `${at.data}-elsewhere`)
    await symlink(`${at.data}-elsewhere`, at.data)
    await giveFolders([at.data], at, { uid: 12_345, gid: 12_345 })
    expect((await stat(`${at.data}-elsewhere`)).uid).toBe(12_345)
    await lchown(at.data, 12_345, 12_345)
    await expect(giveFolders([at.data], at, ROOT)).rejects.toThrow("is a link that user 12345 made")
    expect((await stat(`${at.data}-elsewhere`)).uid).toBe(12_345)
  })

  test("an agent takes back at its start what an older one left", async () => {
    const all = await bench("embedded")
    await all.deploy(releaseOf(await all.upload("1", SAYS), "1"))
    const task = join(all.root, "tasks/shop/test/web/0")
    await mkdir(join(task, "output"))
    await chown(join(task, "run"), 12_345, 12_345)
    await all.agent.close()
    await all.again()
    expect((await stat(join(task, "run"))).uid).toBe(0)
  })
})

describe.skipIf(!IS_ROOT)("a program", () => {
  test("is not stopped for a user that went away since it was prepared", async () => {
    let isThere = true
    const accounts = {
      ...hostAccounts,
      own: { uid: 0, gid: 0 },
      user: async (name: string) =>
        name === "gone" ? (isThere ? hostAccounts.user(USER) : undefined) : hostAccounts.user(name),
    }
    const all = await bench("embedded", { accounts, backend: createEmbeddedBackend({ accounts }) })
    await chmod(all.root, 0o755)
    const blob = await all.upload("1", "exec sleep 1000\n")
    await all.deploy(releaseOf(blob, "1"))
    const before = await all.reaches("RUNNING")
    const next = releaseOf(blob, "2", { user: "gone", argv: PROCESS.argv })
    expect(await all.prepare(next)).toMatchObject({ state: "done" })
    isThere = false
    expect(await all.activate(next.id)).toMatchObject({
      state: "failed",
      message: expect.stringContaining("no user gone"),
    })
    expect((await all.info(PROGRAM)).pid).toBe(before.pid)
  })
})

test.skipIf(!IS_ROOT)(
  "what a program writes down is believed of its own processes only, and nothing else is opened",
  async () => {
    const folder = await temporaryFolder()
    const file = join(folder, "process")
    const own = await readProcess(process.pid)
    const record = `${own!.pid} ${own!.started} ${own!.boot}\n`
    await writeFile(file, record)
    expect((await readRecorded(file))?.pid).toBe(process.pid)
    // The folder is another user's now, who could have a process of root ended.
    await chown(folder, 12_345, 12_345)
    expect(await readRecorded(file)).toBeUndefined()
    await chown(folder, 0, 0)
    await writeFile(join(folder, "elsewhere"), record)
    await rm(file)
    await symlink(join(folder, "elsewhere"), file)
    expect(await readRecorded(file)).toBeUndefined()
    await rm(file)
    execFileSync("mkfifo", [file])
    expect(await readRecorded(file)).toBeUndefined()
  },
)

test("root by another name is refused", async () => {
  const accounts = {
    ...hostAccounts,
    user: async (name: string) => ({ name, uid: 0, gid: 0, groups: [0] }),
  }
  const all = await bench("embedded", { accounts })
  const made = releaseOf(await all.upload("1", SAYS), "1", { user: "toor" })
  await expect(all.prepare(made)).rejects.toMatchObject({
    failure: { faultCode: 203, message: expect.stringContaining("the user toor of this host is uid 0") },
  })
})

test("an agent that is not root prepares no release of another user", async () => {
  const all = await bench("embedded", { accounts: { ...hostAccounts, own: { uid: 12_345, gid: 12_345 } } })
  const made = releaseOf(await all.upload("1", SAYS), "1", { user: USER })
  await expect(all.prepare(made)).rejects.toMatchObject({
    failure: { faultCode: 203, message: expect.stringContaining(`cannot run a program as ${USER}`) },
  })
})
