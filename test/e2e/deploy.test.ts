import { chmod, mkdir, mkdtemp, readFile, readlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { type AgentProcess, minos, minosJson, startAgentProcess } from "../support/minos.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"

const AUTH = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "pass-word-1" }

/** A program that says its version and a variable, and runs on; version 3 dies at once. */
const PROGRAM = (version: string): string => `#!/bin/sh
echo "version ${version} greets $GREETING"
${version === "3" ? "echo 'no table' >&2; exit 4" : "exec sleep 1000"}
`

/** What differs between the two kinds of host. */
interface Kind {
  readonly name: string
  start(root: string): Promise<{ agent: AgentProcess; end: () => Promise<void> }>
}

const KINDS: readonly Kind[] = [
  {
    name: "embedded",
    start: async root => {
      const agent = await startAgentProcess(root, ["--embedded"], AUTH)
      return { agent, end: () => agent.end() }
    },
  },
  {
    name: "supervisord",
    start: async root => {
      const daemon: Supervisord = await startSupervisord()
      const backend = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
      const agent = await startAgentProcess(root, backend, AUTH)
      return {
        agent,
        end: async () => {
          await agent.end()
          await daemon.stop()
        },
      }
    },
  },
]

describe.each(KINDS)("deploy through agents with the $name backend", kind => {
  let folder: string
  let hosts: Awaited<ReturnType<Kind["start"]>>[]
  const env = { MINOS_PASSWORD: AUTH.MINOS_AGENT_PASSWORD }
  const root = (n: number): string => join(folder, `host-${n}`)
  const task = (n: number): string => join(root(n), "tasks", "greeter", "test", "say", "0")

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "minos-deploy-"))
    hosts = await Promise.all([1, 2, 3].map(n => kind.start(root(n))))
    for (const version of ["1", "2", "3"]) {
      const source = join(folder, `source-${version}`)
      await mkdir(source)
      await writeFile(join(source, "run.sh"), PROGRAM(version))
      await chmod(join(source, "run.sh"), 0o755)
      await packFolder(source, join(folder, `greeter-${version}.tar.gz`))
    }
  })

  afterAll(async () => {
    await Promise.all((hosts ?? []).map(host => host.end()))
    await removeTree(folder)
  })

  /** Writes the cluster file for a version; the greeting holds what would break out of a configuration line. */
  async function file(version: string, greeting = "100% 'quoted' $HOME `id`"): Promise<string> {
    const path = join(folder, "minos.yaml")
    const [a, b, c] = hosts.map(host => host.agent.port)
    await writeFile(
      path,
      `service: greeter
cluster: test
package: {name: greeter, version: "${version}", file: ./greeter-${version}.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}"}
regions:
  east: {hosts: {e-1: {address: 127.0.0.1, agent: {port: ${a}}}, e-2: {address: 127.0.0.1, agent: {port: ${b}}}}}
  west: {hosts: {w-1: {address: 127.0.0.1, agent: {port: ${c}}}}}
jobs:
  say:
    hosts: ["*"]
    command: ./run.sh
    env: {GREETING: ${JSON.stringify(greeting)}}
    startretries: 0
`,
    )
    return path
  }

  const quick = ["--yes", "--min-healthy", "1s", "--fast", "--reason", "test"]
  const deploy = async (path: string, ...more: string[]) =>
    minosJson(["deploy", "-f", path, ...quick, ...more], { env })
  const status = async (path: string) => minosJson(["status", "-f", path], { env })
  const seen = async (path: string): Promise<readonly string[]> =>
    (await status(path)).json.tasks.map((view: any) => {
      const [process] = view.processes ?? []
      return process ? `${process.version} ${process.state} ${process.pid}` : view.kind
    })

  test.sequential("a dry run says what would happen and changes nothing", async () => {
    const path = await file("1")
    const { json, code } = await minosJson(["deploy", "-f", path, "--dry-run"], { env })
    expect(code).toBe(0)
    expect(json.steps.map((step: any) => step.action)).toEqual(["install", "install", "install"])
    expect((await status(path)).json.tasks.map((view: any) => view.kind)).toEqual([
      "missing",
      "missing",
      "missing",
    ])
  })

  test.sequential("the first deploy installs and starts every task", async () => {
    const path = await file("1")
    const { json, code, stdout, stderr } = await deploy(path)
    expect(code, stdout + stderr).toBe(0)
    expect(json.counts).toMatchObject({ planned: 3, changed: 3 })
    expect((await seen(path)).every(line => line.startsWith("1 RUNNING"))).toBe(true)
    expect(await readFile(join(task(1), "log", "stdout.log"), "utf8")).toBe(
      "version 1 greets 100% 'quoted' $HOME `id`\n",
    )
  })

  test.sequential("the same again restarts nothing", async () => {
    const path = await file("1")
    const before = await seen(path)
    const { json, code } = await deploy(path)
    expect(code).toBe(0)
    expect(json.counts).toMatchObject({ planned: 3, unchanged: 3, changed: 0 })
    expect(await seen(path)).toEqual(before)
  })

  test.sequential("another environment is another release of the same version", async () => {
    const path = await file("1", "other")
    const before = await seen(path)
    const { json } = await deploy(path)
    expect(json.counts.changed).toBe(3)
    expect(await seen(path)).not.toEqual(before)
  })

  test.sequential("a new version goes to every task", async () => {
    const path = await file("2")
    expect((await deploy(path)).json.counts.changed).toBe(3)
    expect((await seen(path)).every(line => line.startsWith("2 RUNNING"))).toBe(true)
  })

  test.sequential("a broken version fails at its first task and leaves the others as they are", async () => {
    const path = await file("3")
    const before = await seen(path)
    const links = await Promise.all([2, 3].map(n => readlink(join(task(n), "current"))))
    const { json, code } = await deploy(path)
    expect(code).toBe(9)
    expect(json.halted).toContain("say.0 on e-1")
    expect(json.counts).toEqual({
      planned: 3,
      changed: 0,
      unchanged: 0,
      failed: 1,
      unreachable: 0,
      skipped: 2,
    })
    expect(json.outcomes[0].evidence.stderr).toContain("no table")
    expect((await seen(path)).slice(1)).toEqual(before.slice(1))
    expect(await Promise.all([2, 3].map(n => readlink(join(task(n), "current"))))).toEqual(links)
  })

  test.sequential("deploying it once more tries again and fails again: the report stays true", async () => {
    const { json, code } = await deploy(await file("3"))
    expect(code).toBe(9)
    expect(json.outcomes.map((outcome: any) => outcome.kind)).toEqual(["failed", "skipped", "skipped"])
  })

  test.sequential("the former version mends what broke and touches nothing else", async () => {
    const path = await file("2")
    const before = await seen(path)
    const { json, code } = await deploy(path)
    expect(code).toBe(0)
    expect(json.counts).toMatchObject({ changed: 1, unchanged: 2 })
    expect((await seen(path)).slice(1)).toEqual(before.slice(1))
  })

  test.sequential("stop, start and restart work on deployed tasks", async () => {
    const path = await file("2")
    const verb = async (...args: string[]) => minosJson([...args, "-f", path, "--task", "say.0"], { env })
    expect((await verb("stop", "--yes")).json.counts.changed).toBe(1)
    expect((await status(path)).code).toBe(3)
    expect((await verb("start", "--min-healthy", "1s")).json.counts.changed).toBe(1)
    expect((await verb("restart", "--yes", "--min-healthy", "1s")).json.counts.changed).toBe(1)
    expect((await status(path)).code).toBe(0)
  })

  test.sequential("one dead host keeps a deploy from beginning, unless it may be left out", async () => {
    const path = await file("1")
    await hosts[1]!.end()
    const refused = await deploy(path)
    expect(refused.code).toBe(7)
    expect(refused.json.counts).toMatchObject({ unreachable: 1, skipped: 2 })
    const allowed = await deploy(path, "--skip-unreachable", "1", "--min-available", "0")
    expect(allowed.code).toBe(4)
    expect(allowed.json.counts).toMatchObject({ changed: 2, unreachable: 1 })
  })

  test.sequential("a package that is not there is an error before any host is asked", async () => {
    const path = await file("9")
    const { code, json } = await deploy(path)
    expect([code, json.error.code]).toEqual([2, "NO_PACKAGE_FILE"])
  })

  test.sequential("a wrong password is exit code 5, and is not shown", async () => {
    const ran = await minos(["status", "-f", await file("1"), "--host", "e-1"], {
      env: { MINOS_PASSWORD: "another-pass-word" },
    })
    expect(ran.code).toBe(5)
    expect(ran.stdout + ran.stderr).not.toContain("another-pass-word")
  })
})
