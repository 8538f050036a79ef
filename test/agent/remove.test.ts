import { existsSync, readdirSync, readlinkSync } from "node:fs"
import { access, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { createEmbeddedBackend } from "../../src/agent/embedded/backend.js"
import type { OperationState, RemoveRequest } from "../../src/model/deployment.js"
import { FAULT } from "../../src/model/fault.js"
import { until } from "../support/until.js"
import { BACKENDS, type Bench, bench, nextOp, PROGRAM, releaseOf, STAYS, TASK } from "./support.js"

const FOLDER = "tasks/shop/test/web/0"

function requestOf(data: boolean, key = TASK): RemoveRequest {
  return {
    ...key,
    op: nextOp("remove"),
    notAfter: Math.ceil(Date.now() / 1_000) + 600,
    ifGeneration: -1,
    data,
  }
}

async function remove({ deployment }: Bench, request: RemoveRequest): Promise<OperationState> {
  await deployment.remove(request)
  return until(`${request.op} has ended`, async () => {
    const now = await deployment.operation(request.op)
    return now.state !== "running" && now
  })
}

async function history({ root }: Bench): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(root, "history.jsonl"), "utf8")
  return text
    .trim()
    .split("\n")
    .map(line => JSON.parse(line))
}

const faultOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    error => error.failure?.faultCode,
  )

describe.each(BACKENDS)("deployment.remove, %s", kind => {
  test("takes a task off the host, keeps its data unless told otherwise, and touches no other task", async () => {
    const all = await bench(kind, { user: "minos", password: "secret" })
    const { root, deployment, info, supervisor } = all
    const made = releaseOf(await all.upload("1", STAYS("1")), "1")
    const other = { ...TASK, instance: 1 }
    await all.deploy(made)
    await all.deploy(made, other)
    const { pid } = await all.reaches("RUNNING", "shop.test.web.1")
    const { pid: gone } = await all.reaches("RUNNING")
    await writeFile(join(root, FOLDER, "data/kept"), "")

    const request = requestOf(false)
    expect(await remove(all, request)).toMatchObject({ state: "done", message: "" })
    expect(() => process.kill(gone, 0)).toThrow("ESRCH")
    expect(await faultOf(info())).toBe(FAULT.BAD_NAME)
    expect(await readdir(join(root, FOLDER, "releases"))).toEqual([])
    expect(await readdir(join(root, FOLDER, "data"))).toEqual(["kept"])
    expect(await readdir(join(root, FOLDER, "log"))).not.toEqual([])
    await expect(access(join(root, FOLDER, "current"))).rejects.toThrow()
    expect(await deployment.inspect("shop", "test", "")).toMatchObject({
      tasks: [{ instance: 1 }],
      leftovers: [{ job: "web", instance: 0 }],
    })

    const whole = requestOf(true)
    expect(await remove(all, whole)).toMatchObject({ state: "done" })
    expect(await readdir(join(root, "tasks/shop/test/web"))).toEqual(["1"])
    expect((await deployment.inspect("shop", "test", "")).leftovers).toEqual([])
    expect(await supervisor.getAllProcessInfo()).toMatchObject([{ name: "shop.test.web.1", pid }])
    const told = { user: "minos", ...TASK }
    expect(await history(all)).toMatchObject([
      { ...told, event: "remove", op: request.op, data: false, from: made.id },
      { ...told, event: "removed", op: request.op, data: false, from: made.id },
      { ...told, event: "remove", op: whole.op, data: true, from: null },
      { ...told, event: "removed", op: whole.op, data: true, from: null },
    ])

    expect(await remove(all, requestOf(true, other))).toMatchObject({ state: "done" })
    expect([await readdir(join(root, "tasks")), await readdir(join(root, "staging"))]).toEqual([[], []])
    expect(await supervisor.getAllProcessInfo()).toEqual([])
    if (all.supervisord) expect(await readdir(all.supervisord.programFolder)).toEqual([])
  })

  test("what is not here is no error, and what was removed can be deployed again", async () => {
    const all = await bench(kind)
    expect(await remove(all, requestOf(true))).toMatchObject({ state: "done" })
    const made = releaseOf(await all.upload("1", STAYS("1")), "1")
    await all.deploy(made)
    const request = requestOf(false)
    await remove(all, request)
    expect(await all.activate(made.id).catch(error => error.failure.faultCode)).toBe(203)
    expect(await all.deploy(made)).toMatchObject({ state: "done" })
    const { pid } = await all.reaches("RUNNING")
    // The same operation again is that of before.
    expect(await all.deployment.remove(request)).toMatchObject({ state: "done" })
    expect(await all.info()).toMatchObject({ pid, state: "RUNNING" })
    expect((await all.deployment.inspect("shop", "test", "")).tasks).toMatchObject([{ previous: "" }])
  })
})

test("an agent that starts again does not start what was removed", async () => {
  const all = await bench("embedded")
  await all.deploy(releaseOf(await all.upload("1", STAYS("1")), "1"))
  await remove(all, requestOf(false))
  expect(await (await all.again()).supervisor.getAllProcessInfo()).toEqual([])
})

test("it is written down before the task is stopped, and the release stays until the supervisor has forgotten it", async () => {
  const backend = createEmbeddedBackend()
  const seen: unknown[] = []
  let root = ""
  let watching = false
  const look = (what: string): void => {
    if (!watching) return
    const releases = readdirSync(join(root, FOLDER, "releases")).length
    seen.push([
      what,
      existsSync(join(root, "history.jsonl")),
      releases,
      readlinkSync(join(root, FOLDER, "current")),
    ])
  }
  const all = await bench("embedded", {
    backend: {
      ...backend,
      stop: async name => {
        look("stop")
        await backend.stop(name)
      },
      remove: async name => {
        await backend.remove(name)
        look("remove")
      },
    },
  })
  root = all.root
  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  await all.deploy(made)
  watching = true
  expect(await remove(all, requestOf(true))).toMatchObject({ state: "done" })
  expect(seen).toEqual([
    ["stop", true, 1, `releases/${made.id}`],
    ["remove", true, 1, `releases/${made.id}`],
  ])
})

test("a task that cannot be stopped keeps its release", async () => {
  const backend = createEmbeddedBackend()
  const all = await bench("embedded", {
    backend: { ...backend, remove: () => Promise.reject(new Error("it does not end")) },
  })
  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  await all.deploy(made)
  expect(await remove(all, requestOf(true))).toMatchObject({
    state: "failed",
    step: "telling the supervisor",
    message: "it does not end",
  })
  expect((await all.deployment.inspect("shop", "test", "")).tasks).toMatchObject([{ release: made.id }])
  expect((await history(all)).map(({ event }) => event)).toEqual(["remove"])
  expect(await all.info(PROGRAM)).toMatchObject({ release: made.id })
})
