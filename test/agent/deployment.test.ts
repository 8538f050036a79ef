import { access, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { DEPLOYMENT_FAULT } from "../../src/model/deployment.js"
import { digestFile } from "../../src/packages/digest.js"
import { uploadBlob } from "../../src/packages/upload.js"
import { tarGz } from "../support/tar.js"
import { until } from "../support/until.js"
import {
  BACKENDS,
  type Bench,
  bench,
  nextOp,
  PROGRAM,
  releaseOf,
  STAYS,
  TASK,
  temporaryFolder,
} from "./support.js"

const faultOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    error => error.failure?.faultCode,
  )

async function history({ root }: Bench) {
  const text = await readFile(join(root, "tasks/shop/test/web/0/history.jsonl"), "utf8")
  return text
    .trim()
    .split("\n")
    .map(line => JSON.parse(line))
}

describe.each(BACKENDS)("deployment.*, %s", kind => {
  test("installs a task, switches it to another release, and back", async () => {
    const all = await bench(kind, { user: "minos", password: "secret" })
    const { deployment, upload, deploy, activate, reaches, stdout } = all
    const empty = await deployment.inspect("shop", "test", "")
    expect(empty).toMatchObject({ agent: "0.1.0", backend: kind, hasPackage: false, tasks: [] })
    expect(empty.freeBytes).toBeGreaterThan(0)
    expect(Math.abs(empty.now - Date.now() / 1_000)).toBeLessThan(120)

    const blob = await upload("1", STAYS("1"))
    const first = releaseOf(blob, "1", { env: { COLOUR: 'it\'s\n"100%"  é' } })
    expect(await deploy(first)).toMatchObject({ state: "done", message: "" })
    const one = await reaches("RUNNING")
    expect(one).toMatchObject({ release: first.id, version: "1" })
    await until("it wrote", async () => (await stdout()).includes("é"))
    expect(await stdout()).toContain('version 1, it\'s "100%" é')
    expect(await deployment.inspect("shop", "test", blob.sha256)).toMatchObject({
      hasPackage: true,
      tasks: [{ job: "web", instance: 0, release: first.id, version: "1" }],
    })
    expect(await deployment.inspect("shop", "other", "")).toMatchObject({ tasks: [] })

    const second = releaseOf(await upload("2", STAYS("2")), "2")
    expect(await deploy(second)).toMatchObject({ state: "done" })
    const two = await reaches("RUNNING")
    expect(two).toMatchObject({ release: second.id, version: "2" })
    expect(two.pid).not.toBe(one.pid)
    await until("it wrote", async () => (await stdout()).includes("version 2"))

    expect(await activate(first.id)).toMatchObject({ state: "done" })
    expect(await reaches("RUNNING")).toMatchObject({ release: first.id })
    expect(await all.proxy.call("deployment.list")).toEqual([
      { ...TASK, task: "web.0", release: first.id, package: first.package },
    ])
    const events = (await history(all)).map(({ event, user, from, to }) => [event, user, from, to])
    expect(events).toEqual([
      ["activate", "minos", null, first.id],
      ["activated", "minos", null, first.id],
      ["activate", "minos", first.id, second.id],
      ["activated", "minos", first.id, second.id],
      ["activate", "minos", second.id, first.id],
      ["activated", "minos", second.id, first.id],
    ])
  })

  test("changed settings alone are another release of the same package", async () => {
    const { upload, deploy, reaches, proxy, info } = await bench(kind)
    const blob = await upload("1", STAYS("1"))
    await deploy(releaseOf(blob, "1"))
    const before = await reaches("RUNNING")
    const changed = releaseOf(blob, "1", {
      startsecs: 1,
      stopwaitsecs: 7,
      exitcodes: [0, 3],
      autorestart: true,
    })
    expect(await deploy(changed)).toMatchObject({ state: "done" })
    const after = await reaches("RUNNING")
    expect(after).toMatchObject({ release: changed.id })
    expect(after.pid).not.toBe(before.pid)
    const [config] = (await proxy.call("supervisor.getAllConfigInfo")) as Record<string, unknown>[]
    expect(config).toMatchObject({ startsecs: 1, stopwaitsecs: 7, exitcodes: [0, 3] })
    expect((await info()).pid).toBe(after.pid)
  })

  test("preparing touches no process, and twice makes one release", async () => {
    const { upload, deploy, prepare, reaches, info, root } = await bench(kind)
    await deploy(releaseOf(await upload("1", STAYS("1")), "1"))
    const { pid } = await reaches("RUNNING")
    const next = releaseOf(await upload("2", STAYS("2")), "2")
    expect(await Promise.all([prepare(next), prepare(next)])).toMatchObject([
      { state: "done" },
      { state: "done" },
    ])
    expect(await info()).toMatchObject({ pid, version: "1" })
    expect(await readdir(join(root, "tasks/shop/test/web/0/releases"))).toHaveLength(2)
  })

  test("a package with a wrong checksum is not taken, and the old release runs on", async () => {
    const { upload, deploy, reaches, endpoint, info, root } = await bench(kind)
    const old = releaseOf(await upload("1", STAYS("1")), "1")
    await deploy(old)
    const { pid } = await reaches("RUNNING")
    const path = join(await temporaryFolder(), "x.tar.gz")
    await writeFile(path, "not what was announced")
    const bad = { path, sha256: "ab".repeat(32), size: 22 }
    await expect(uploadBlob(endpoint, bad)).rejects.toMatchObject({ code: "PKG_SHA256" })
    expect(await deploy(releaseOf(bad, "2")).catch(error => error.failure.faultCode)).toBe(
      DEPLOYMENT_FAULT.PRECONDITION,
    )
    expect(await info()).toMatchObject({ pid, release: old.id, state: "RUNNING" })
    expect(await readdir(join(root, "blobs/sha256"))).toEqual([old.package.sha256])
    expect(await readdir(join(root, "staging"))).toEqual([])
  })

  test.each<readonly [string, Buffer, string]>([
    [
      "a path that leaves it",
      tarGz({ name: "run.sh", content: "x" }, { name: "../../evil", content: "x" }),
      "PKG_PATH",
    ],
    [
      "a link that leaves it",
      tarGz({ name: "out", type: "2", link: "/etc" }, { name: "out/evil", content: "x" }),
      "PKG_",
    ],
    ["a setuid bit", tarGz({ name: "run.sh", mode: 0o4755, content: "x" }), "PKG_MODE"],
    ["a device", tarGz({ name: "null", type: "3" }), "PKG_TYPE"],
    ["half of itself", tarGz({ name: "run.sh", content: "x".repeat(5_000) }).subarray(0, 60), "PKG_CORRUPT"],
    ["no archive", Buffer.from("hello"), "PKG_CORRUPT"],
  ])(
    "a package with %s is refused, nothing of it stays, and the old release runs on",
    async (_what, bytes, code) => {
      const { upload, deploy, reaches, endpoint, info, root } = await bench(kind)
      const old = releaseOf(await upload("1", STAYS("1")), "1")
      await deploy(old)
      const { pid } = await reaches("RUNNING")
      const path = join(await temporaryFolder(), "x.tar.gz")
      await writeFile(path, bytes)
      const bad = { path, ...(await digestFile(path)) }
      await uploadBlob(endpoint, bad)
      const failed = await deploy(releaseOf(bad, "2"))
      expect(failed).toMatchObject({ state: "failed", step: "unpacking the package" })
      expect(failed.message).toMatch(new RegExp(`^${code}`))
      expect(await info()).toMatchObject({ pid, release: old.id, state: "RUNNING" })
      expect(await readdir(join(root, "packages"))).toEqual([old.package.sha256])
      expect(await readdir(join(root, "staging"))).toEqual([])
      expect(await readdir(join(root, "tasks/shop/test/web/0/releases"))).toEqual([old.id])
      await expect(access(join(root, "evil"))).rejects.toThrow()
    },
  )

  test("what is sent again is not done again, what comes late is not done", async () => {
    const { upload, deploy, deployment, reaches, info } = await bench(kind)
    const made = releaseOf(await upload("1", STAYS("1")), "1")
    await deploy(made)
    const notAfter = Math.ceil(Date.now() / 1_000) + 600
    const request = { ...TASK, op: nextOp("activate"), notAfter, ifGeneration: -1, release: made.id, keep: 5 }
    await deployment.activate(request)
    await until("it is done", async () => (await deployment.operation(request.op)).state === "done")
    const { pid } = await reaches("RUNNING")
    for (const again of [request, { ...request, notAfter: notAfter + 1 }])
      expect(await deployment.activate(again)).toMatchObject({ state: "done" })
    const other = { ...request, instance: 1 }
    expect(await faultOf(deployment.activate(other))).toBe(DEPLOYMENT_FAULT.CONFLICT)
    const late = { ...request, op: nextOp("activate"), notAfter: 1 }
    expect(await faultOf(deployment.activate(late))).toBe(DEPLOYMENT_FAULT.EXPIRED)
    const unknown = { ...request, op: nextOp("activate"), release: "0123456789abcdef" }
    expect(await faultOf(deployment.activate(unknown))).toBe(DEPLOYMENT_FAULT.PRECONDITION)
    expect(await faultOf(deployment.operation(late.op))).toBe(DEPLOYMENT_FAULT.UNKNOWN_OPERATION)
    expect((await info()).pid).toBe(pid)
  })

  test("a program that dies at start is FATAL, and says why in its log", async () => {
    const { upload, deploy, reaches, supervisor } = await bench(kind)
    const made = releaseOf(await upload("1", "echo no table >&2\nexit 3\n"), "1", { startsecs: 1 })
    expect(await deploy(made)).toMatchObject({ state: "done" })
    await until("it has ended", async () => {
      const { state } = await supervisor.getProcessInfo(PROGRAM)
      return state === "FATAL" || state === "EXITED"
    })
    expect(await supervisor.readStderrTail(PROGRAM, 1_000)).toBe("no table\n")
    expect(await deploy(releaseOf(await upload("2", STAYS("2")), "2"))).toMatchObject({ state: "done" })
    expect(await reaches("RUNNING")).toMatchObject({ version: "2" })
  })

  test("many tasks are deployed side by side, and the status of a host tells each release", async () => {
    const { upload, deploy, supervisor } = await bench(kind)
    const blobs = [await upload("1", STAYS("1")), await upload("2", STAYS("2"))]
    const made = Array.from({ length: 12 }, (_, n) =>
      releaseOf(blobs[n % 2]!, `${(n % 2) + 1}`, { env: { N: `${n}` } }),
    )
    const ends = await Promise.all(made.map((release, instance) => deploy(release, { ...TASK, instance })))
    expect(ends.map(end => end.state)).toEqual(made.map(() => "done"))
    const running = await until("all run", async () => {
      const seen = await supervisor.getAllProcessInfo()
      return seen.every(process => process.state === "RUNNING") && seen
    })
    const told = new Map(running.map(({ name, release, version }) => [name, [release, version]]))
    for (const [
      n,
      {
        id,
        package: { version },
      },
    ] of made.entries())
      expect(told.get(`shop.test.web.${n}`)).toEqual([id, version])
  })
})
