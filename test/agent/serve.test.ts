import type { ChildProcess } from "node:child_process"
import { chmod, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { describe, expect, onTestFinished, test } from "vitest"
import type { Endpoint } from "../../src/model/endpoint.js"
import type { Release } from "../../src/model/release.js"
import { Secret } from "../../src/model/secret.js"
import { type LocalBlob, uploadBlob } from "../../src/packages/upload.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { patient } from "../rpc/support.js"
import { deploymentAt, supervisorAt } from "../support/calls.js"
import { RUN } from "../support/minos.js"
import { ended, isAlive, launch } from "../support/processes.js"
import { startSupervisord } from "../support/supervisord.js"
import { until } from "../support/until.js"
import { nextOp, PROGRAM, packageOf, releaseOf, STAYS, TASK, temporaryFolder } from "./support.js"

const PASSWORD = "a very secret password"

const clean = (env: Record<string, string>) => ({ PATH: process.env.PATH, HOME: "/nonexistent", ...env })

async function refused(args: readonly string[], env: Record<string, string> = {}, root?: string) {
  const own = root ?? (await temporaryFolder())
  const command = [RUN, "agent", "serve", "--root", own, ...args]
  return execa(process.execPath, command, {
    reject: false,
    env: clean(env),
    extendEnv: false,
    timeout: 30_000,
  })
}

interface Served {
  readonly child: ChildProcess
  readonly url: string
  /** What it printed on both streams. */
  text(): string
}

async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const command = [RUN, "agent", "serve", "--listen", "127.0.0.1:0", ...args]
  const child = launch(process.execPath, command, { env: clean(env), stdio: ["ignore", "pipe", "pipe"] })
  onTestFinished(async () => {
    child.kill("SIGTERM")
    await ended(child)
  })
  let text = ""
  child.stderr!.on("data", part => {
    text += part
  })
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on("line", line => {
      text += `${line}\n`
      const found = /^minos agent \S+ on 127\.0\.0\.1:(\d+), /.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once("exit", code => reject(new Error(`it ended with ${code}: ${text}`)))
  })
  return { child, url: `http://127.0.0.1:${port}`, text: () => text }
}

/** Deploys a program that stays; its pid. */
async function deployTo(url: string): Promise<number> {
  const blob = await packageOf("1", STAYS("1"))
  await deploy(url, blob, releaseOf(blob, "1"))
  return pidOf(url)
}

async function deploy(url: string, blob: LocalBlob, release: Release): Promise<void> {
  const endpoint = endpointOf(url)
  const calls = deploymentAt(createProxy(endpoint))
  await uploadBlob(endpoint, blob)
  const head = { ...TASK, notAfter: Math.ceil(Date.now() / 1_000) + 600, ifGeneration: -1 }
  const done = (op: string) =>
    until(`${op} is done`, async () => {
      const { state, message } = await calls.operation(op)
      if (state === "failed") throw new Error(message)
      return state === "done"
    })
  const [first, second] = [nextOp("prepare"), nextOp("activate")]
  await calls.prepare({
    ...head,
    op: first,
    task: "web.0",
    host: "h",
    region: "r",
    release,
    keep: 5,
    definition: [],
  })
  await done(first)
  await calls.activate({ ...head, op: second, release: release.id, keep: 5 })
  await done(second)
}

async function releasesOf(url: string) {
  return (await deploymentAt(createProxy(endpointOf(url))).inspect(TASK.service, TASK.cluster, "")).tasks
}

async function pidOf(url: string): Promise<number> {
  const calls = supervisorAt(createProxy(endpointOf(url)))
  return until("it runs", async () => {
    const info = await calls.getProcessInfo(PROGRAM).catch(() => undefined)
    return info?.state === "RUNNING" && info.pid
  })
}

function endpointOf(url: string): Endpoint {
  return patient(url, { user: "minos", password: new Secret("test", PASSWORD) })
}

const CREDENTIALS = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: PASSWORD }

describe("minos agent serve", () => {
  test.each<readonly [string, readonly string[], Record<string, string>]>([
    ["all addresses", ["--listen", "0.0.0.0:0", "--embedded"], {}],
    ["all addresses of IPv6", ["--listen", "[::]:0", "--embedded"], {}],
    ["another address", ["--listen", "10.255.255.1:9001", "--embedded"], {}],
    ["half of the credentials", ["--embedded"], { MINOS_AGENT_USER: "minos" }],
    ["no backend", [], {}],
    ["a supervisor without a folder", ["--supervisor", "http://127.0.0.1:1"], {}],
    ["an auth file that is not there", ["--embedded", "--auth-file", "/nonexistent/auth"], {}],
    ["a disk that is not mounted", ["--embedded", "--data", "/nonexistent/disk"], {}],
  ])("refuses %s, exit 2", async (_what, args, env) => {
    const { exitCode, stdout, stderr } = await refused(args, env)
    expect([exitCode, stdout]).toEqual([2, ""])
    expect(stderr).not.toBe("")
  })

  test("says why it does not listen to others without credentials, and what to do", async () => {
    const { stderr } = await refused(["--listen", "0.0.0.0:0", "--embedded"])
    expect(stderr.replace(/\s+/g, " ")).toMatch(
      /refusing to listen on 0\.0\.0\.0 without credentials.*--auth-file/,
    )
  })

  test("refuses an auth file that others can read", async () => {
    const file = join(await temporaryFolder(), "auth")
    await writeFile(file, `minos:${PASSWORD}\n`)
    await chmod(file, 0o644)
    const { exitCode, stderr } = await refused(["--embedded", "--auth-file", file])
    expect(exitCode).toBe(2)
    expect(stderr).toContain("644")
    expect(stderr).not.toContain(PASSWORD)
  })

  test("refuses a root that another agent uses, and a port that is taken, and starts nothing", async () => {
    const root = await temporaryFolder()
    const first = await serve(["--root", root, "--embedded"])
    const sameRoot = await refused(["--embedded"], {}, root)
    expect([sameRoot.exitCode, sameRoot.stderr]).toEqual([2, expect.stringContaining("ROOT_IN_USE")])
    const samePort = await refused(["--embedded", "--listen", new URL(first.url).host])
    expect([samePort.exitCode, samePort.stderr]).toEqual([2, expect.stringContaining("CANNOT_LISTEN")])
  })

  test("embedded: a program ends with it, runs again with the next one, and no secret is printed", async () => {
    const root = await temporaryFolder()
    const file = join(await temporaryFolder(), "auth")
    await writeFile(file, `minos:${PASSWORD}\n`)
    await chmod(file, 0o600)
    const first = await serve(["--root", root, "--embedded", "--auth-file", file])
    const pid = await deployTo(first.url)
    first.child.kill("SIGTERM")
    await ended(first.child)
    expect([first.child.exitCode, isAlive(pid)]).toEqual([0, false])
    expect(first.text()).toMatch(/SIGTERM: ending/)
    const second = await serve(["--root", root, "--embedded"], CREDENTIALS)
    expect(await pidOf(second.url)).not.toBe(pid)
    expect(first.text() + second.text()).not.toContain(PASSWORD)
    const { stdout } = await execa("ps", ["-eo", "args"])
    expect(stdout).not.toContain(PASSWORD)
  })

  test("embedded: after a kill -9 its programs run exactly once with the next one", async () => {
    const root = await temporaryFolder()
    const count = join(await temporaryFolder(), "count")
    const first = await serve(["--root", root, "--embedded"], CREDENTIALS)
    const blob = await packageOf("1", 'echo $$ >>"$COUNT"\nexec sleep 1000\n')
    await deploy(first.url, blob, releaseOf(blob, "1", { env: { COUNT: count } }))
    const pid = await pidOf(first.url)
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(-pid, "SIGKILL")
    })
    first.child.kill("SIGKILL")
    await ended(first.child)
    expect(isAlive(pid)).toBe(true)
    const second = await serve(["--root", root, "--embedded"], CREDENTIALS)
    const next = await pidOf(second.url)
    await until("it wrote its pid", async () => (await readFile(count, "utf8")) === `${pid}\n${next}\n`)
    expect([isAlive(pid), next === pid]).toEqual([false, false])
    expect(second.text()).toContain(`ending pid ${pid}, which was started before its supervisor ended`)
  })

  test("supervisord: a program outlives it, even when it is killed", async () => {
    const root = await temporaryFolder()
    const daemon = await startSupervisord({ user: "sv", password: "sv secret" })
    onTestFinished(() => daemon.stop())
    const args = ["--root", root, "--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
    const env = { ...CREDENTIALS, MINOS_SUPERVISOR_USER: "sv", MINOS_SUPERVISOR_PASSWORD: "sv secret" }
    const first = await serve(args, env)
    const pid = await deployTo(first.url)
    first.child.kill("SIGKILL")
    await ended(first.child)
    expect(isAlive(pid)).toBe(true)
    const second = await serve(args, env)
    expect(await pidOf(second.url)).toBe(pid)
  })

  test("killed at any moment of a deploy, it has the old release or the new one, whole, and goes on", async () => {
    const root = await temporaryFolder()
    const daemon = await startSupervisord()
    onTestFinished(() => daemon.stop())
    const args = ["--root", root, "--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
    const blob = await packageOf("1", STAYS("1"))
    let agent = await serve(args, CREDENTIALS)
    await deployTo(agent.url)
    let old = releaseOf(blob, "1").id
    for (const after of [0, 5, 15, 40, 100, 300]) {
      // Other settings as well, so that supervisord has to take the program anew.
      const next = releaseOf(blob, "1", { env: { ROUND: `${after}` }, stopwaitsecs: 10 + after })
      const cut = deploy(agent.url, blob, next).catch(() => {})
      await sleep(after)
      agent.child.kill("SIGKILL")
      await ended(agent.child)
      await cut
      agent = await serve(args, CREDENTIALS)
      const [task] = await releasesOf(agent.url)
      expect([old, next.id]).toContain(task?.release)
      await deploy(agent.url, blob, next)
      expect(await releasesOf(agent.url)).toMatchObject([{ release: next.id }])
      await pidOf(agent.url)
      old = next.id
    }
    expect(await readdir(join(root, "staging"))).toEqual([])
    expect((await readdir(daemon.programFolder)).filter(name => name.endsWith(".conf"))).toEqual([
      `${PROGRAM}.conf`,
    ])
  })
})
