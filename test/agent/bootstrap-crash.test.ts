import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { liveInGroup } from "../../src/agent/process-group-members.js"
import { readProcess } from "../../src/agent/process-identity.js"
import type { Release } from "../../src/model/release.js"
import { uploadBlob } from "../../src/packages/upload.js"
import { parseEndpoint } from "../../src/rpc/endpoint.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { deploymentAt, supervisorAt } from "../support/calls.js"
import { startAgentProcess } from "../support/minos.js"
import { isAlive, killTree, launch } from "../support/processes.js"
import { until } from "../support/until.js"
import { nextOp, PROGRAM, packageOf, releaseOf, TASK, temporaryFolder } from "./support.js"

const HERE = "tasks/shop/test/web/0"

/** An embedded agent in a process of its own. */
async function agentAt(root: string) {
  const agent = await startAgentProcess(root, ["--embedded"])
  onTestFinished(async () => agent.end())
  const endpoint = parseEndpoint(`http://127.0.0.1:${agent.port}`, {
    timeout: 20_000,
    connectTimeout: 5_000,
  })
  const proxy = createProxy(endpoint)
  const calls = deploymentAt(proxy)
  const head = () => ({ ...TASK, notAfter: Math.ceil(Date.now() / 1_000) + 600, ifGeneration: -1 })
  const ended = async (op: string) =>
    until(`${op} has ended`, async () => {
      const now = await calls.operation(op)
      return now.state !== "running" && now
    })
  return {
    agent,
    calls,
    endpoint,
    ended,
    info: () => supervisorAt(proxy).getProcessInfo(PROGRAM),
    prepare: async (release: Release) => {
      const op = nextOp("prepare")
      const names = { task: "web.0", host: "h-1", region: "here", definition: [] }
      await calls.prepare({ ...head(), ...names, op, release, keep: 5 })
      expect(await ended(op)).toMatchObject({ state: "done" })
    },
    begin: async (release: Release, bootstrap?: "again") => {
      const op = nextOp("activate")
      await calls.activate({ ...head(), op, release: release.id, keep: 5, ...(bootstrap && { bootstrap }) })
      return op
    },
    remove: async () => {
      const op = nextOp("remove")
      await calls.remove({ ...head(), op, data: true })
      return ended(op)
    },
  }
}

test("a bootstrap that outlives its agent runs alone: no second one, no start of the old release, until it is asked for again", async () => {
  const root = await temporaryFolder()
  const file = join(root, "notes")
  const noted = async () => (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1)
  const blob = await packageOf("1", `echo "run $VERSION" >>"$NOTES"\nexec sleep 1000\n`)
  const env = (VERSION: string) => ({ env: { NOTES: file, VERSION } })
  const old = releaseOf(blob, "1", env("1"))
  const bootstrap = ["sh", "-c", 'echo "boot $$" >>"$NOTES"; sleep 1000; true']
  const wanted = releaseOf(blob, "2", env("2"), { scripts: { bootstrap } })
  const good = releaseOf(blob, "3", env("3"), { scripts: { bootstrap: ["true"] } })

  const dying = await agentAt(root)
  await uploadBlob(dying.endpoint, blob)
  for (const release of [old, wanted, good]) await dying.prepare(release)
  await dying.ended(await dying.begin(old))
  await until("the old one runs", async () => (await noted()).length === 1)
  const cut = await dying.begin(wanted, "again")
  const pid = await until("it is bootstrapped", async () => Number((await noted())[1]?.split(" ")[1] ?? 0))
  onTestFinished(() => killTree(pid))
  await dying.agent.end("SIGKILL")

  const next = await agentAt(root)
  expect(await next.ended(cut)).toMatchObject({
    state: "failed",
    step: "bootstrap",
    message: expect.stringMatching(
      /nothing was started: bootstrap of web\.0 was begun at .* and not finished/,
    ),
  })
  const runs = new RegExp(`PRECONDITION: bootstrap of web\\.0 still runs as pid ${pid}`)
  for (const release of [old, wanted, good]) {
    await expect(next.begin(release)).rejects.toThrow(runs)
    await expect(next.begin(release, "again")).rejects.toThrow(runs)
  }
  expect(await next.remove()).toMatchObject({ state: "failed", message: expect.stringMatching(runs) })
  expect(await next.info()).toMatchObject({ pid: 0 })
  expect([isAlive(pid), await noted()]).toEqual([true, ["run 1", `boot ${pid}`]])

  killTree(pid)
  await until("it has ended", async () => !isAlive(pid))
  const unfinished = /PRECONDITION: bootstrap of web\.0 was begun .* not finished; .*--bootstrap again/
  for (const release of [old, wanted]) await expect(next.begin(release)).rejects.toThrow(unfinished)
  await expect(next.begin(old, "again")).rejects.toThrow(unfinished)
  expect(JSON.parse(await readFile(join(root, HERE, "bootstrapped"), "utf8"))).toMatchObject({
    state: "begun",
  })
  expect(await next.ended(await next.begin(good, "again"))).toMatchObject({ state: "done" })
  await until("the new one runs", async () => (await noted()).at(-1) === "run 3")
  expect(await noted()).toHaveLength(3)
  await next.agent.end()
})

test("a process group lives as long as one of its processes, and another with its number is not it", async () => {
  const child = launch("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"], { detached: true })
  const pid = child.pid as number
  onTestFinished(() => void process.kill(-pid, "SIGKILL"))
  const sleeper = await new Promise<number>(resolve =>
    child.stdout?.once("data", text => resolve(Number(text))),
  )
  const leader = (await readProcess(pid))!
  expect(await liveInGroup(leader)).toBe(pid)
  expect(await liveInGroup({ ...leader, started: leader.started - 1 })).toBeUndefined()
  expect(await liveInGroup({ ...leader, boot: "another" })).toBeUndefined()
  child.kill("SIGKILL")
  await until("it has ended", async () => !isAlive(pid))
  expect(await liveInGroup(leader)).toBe(sleeper)
})
