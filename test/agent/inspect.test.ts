import { rm } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { createEmbeddedBackend } from "../../src/agent/embedded/backend.js"
import { CallError } from "../../src/model/failure.js"
import type { Proxy } from "../../src/rpc/proxy.js"
import { deploymentAt } from "../support/calls.js"
import { BACKENDS, bench, releaseOf, STAYS, TASK } from "./support.js"

describe.each(BACKENDS)("deployment.inspect, %s", kind => {
  test("tells the release before, and what is on disk, the newest use first", async () => {
    const { upload, deploy, prepare, activate, deployment, root } = await bench(kind)
    const blob = await upload("1", STAYS("1"))
    const made = ["1", "2", "3"].map(version => releaseOf(blob, version))
    const [one, two, three] = made.map(({ id, package: { version } }) => ({ release: id, version }))
    const inspected = async () => (await deployment.inspect("shop", "test", "")).tasks[0]
    const is = async (current: object | undefined, previous: string, ...releases: unknown[]) =>
      expect(await inspected()).toMatchObject({ job: "web", instance: 0, ...current, previous, releases })

    await deploy(made[0]!)
    await is(one, "", one)
    await deploy(made[1]!)
    await is(two, one!.release, two, one)
    await prepare(made[2]!)
    await is(two, one!.release, two, three, one)
    await activate(made[1]!.id)
    await is(two, one!.release, two, three, one)
    await activate(made[0]!.id)
    await is(one, two!.release, one, two, three)
    await rm(join(root, "tasks/shop/test/web/0/releases", two!.release), { recursive: true })
    await is(one, "", one, three)
  })

  test("tells how the current release runs its program, and which operations switched to what", async () => {
    const { upload, deploy, deployment } = await bench(kind)
    const blob = await upload("1", STAYS("1"))
    const [one, two] = ["1", "2"].map(version => releaseOf(blob, version))
    await deploy(one!)
    await deploy(two!)
    const { tasks } = await deployment.inspect("shop", "test", "")
    expect(tasks[0]?.definition).toEqual(["version 2"])
    expect(tasks[0]?.switches.map(({ from }) => from)).toEqual([one!.id, ""])
    expect(tasks[0]?.switches[0]?.op).toContain("activate")
  })

  test("tells of tasks that have a folder and no release that runs", async () => {
    const { upload, deploy, prepare, deployment } = await bench(kind)
    const made = releaseOf(await upload("1", STAYS("1")), "1")
    await deploy(made)
    await prepare(made, { ...TASK, instance: 1 })
    await prepare(made, { ...TASK, cluster: "other" })
    expect(await deployment.inspect("shop", "test", "")).toMatchObject({
      tasks: [{ instance: 0 }],
      leftovers: [{ job: "web", instance: 1 }],
    })
  })
})

test("an activation that failed before its switch does not count", async () => {
  const backend = createEmbeddedBackend()
  let broken = false
  const all = await bench("embedded", {
    backend: { ...backend, stop: name => (broken ? Promise.reject(new Error("no")) : backend.stop(name)) },
  })
  const blob = await all.upload("1", STAYS("1"))
  const [one, two, three] = ["1", "2", "3"].map(version => releaseOf(blob, version))
  await all.deploy(one!)
  await all.deploy(two!)
  broken = true
  expect(await all.deploy(three!)).toMatchObject({ state: "failed", step: "stopping the task" })
  expect((await all.deployment.inspect("shop", "test", "")).tasks).toMatchObject([
    { release: two!.id, previous: one!.id },
  ])
})

test("inspect tells of users, and an older agent is asked again without them", async () => {
  const { deployment: calls } = await bench("embedded", {
    accounts: {
      own: { uid: 1_000, gid: 1_000 },
      group: async () => undefined,
      user: async name =>
        name === "nobody" ? undefined : { name, uid: name === "own" ? 1_000 : 2, gid: 2, groups: [2] },
    },
  })
  const wishes = { users: ["own", "web", "nobody"] }
  expect(await calls.inspect("shop", "test", "", {}, wishes)).toMatchObject({
    isRoot: false,
    dataFolders: 1,
    unknownUsers: ["nobody"],
    foreignUsers: ["web"],
  })
  await expect(calls.inspect("shop", "test", "", {}, { users: ["a b"] })).resolves.toMatchObject({
    unknownUsers: [],
  })
  const asked: number[] = []
  const older = {
    endpoint: {},
    call: async (_method: string, params: readonly unknown[]) => {
      asked.push(params.length)
      if (params.length > 3)
        throw new CallError({ reason: "fault", faultCode: 2, message: "", hint: "", maybeDelivered: true })
      return { agent: "0.1.0", backend: "embedded", now: 1, hasPackage: true, freeBytes: 2, tasks: [] }
    },
  } as unknown as Proxy
  expect(await deploymentAt(older).inspect("shop", "test", "", {}, wishes)).not.toHaveProperty("isRoot")
  expect(asked).toEqual([4, 3])
})

test("the answer of an older agent is one with nothing in the members that came later", async () => {
  const task = { job: "web", instance: 0, release: "x", version: "1" }
  const told = { agent: "0.1.0", backend: "embedded", now: 1, hasPackage: true, freeBytes: 2, tasks: [task] }
  const proxy = { endpoint: {}, call: async () => told } as unknown as Proxy
  expect(await deploymentAt(proxy).inspect("shop", "test", "")).toEqual({
    ...told,
    tasks: [{ ...task, previous: "", releases: [], definition: [], switches: [] }],
    leftovers: [],
    generations: {},
  })
})
