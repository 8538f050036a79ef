import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { hostname, tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import {
  type BackgroundRun,
  beginRun,
  killRuns,
  operatorMachine,
  SHORT_LEASE,
} from "../support/background-run.js"
import { type AgentProcess, minos, minosJson, startAgentProcess } from "../support/minos.js"
import { type SwitchedPort, switchedPort } from "../support/switched-port.js"
import { until } from "../support/until.js"

const AUTH = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "pass-word-1" }

const folder = await mkdtemp(join(tmpdir(), "minos-lock-"))
afterAll(() => removeTree(folder))
afterEach(killRuns)

/** A run that is known to hold the lock. */
type Held = Omit<BackgroundRun, "run"> & { readonly run: string }

describe("two runs on one cluster of agents", () => {
  const ann = operatorMachine(folder, "ann")
  const bob = operatorMachine(folder, "bob")
  let agents: AgentProcess[]
  let file: string
  /** While it is shut no task becomes healthy, and a run holds the lock. */
  let health: SwitchedPort

  beforeAll(async () => {
    agents = await Promise.all(
      ["a-1", "b-1"].map(name =>
        startAgentProcess(join(folder, name), ["--embedded"], { ...AUTH, ...SHORT_LEASE }),
      ),
    )
    health = await switchedPort()
    const source = join(folder, "source")
    await mkdir(source)
    await writeFile(join(source, "run.sh"), "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 })
    await packFolder(source, join(folder, "web-1.tar.gz"))
    file = join(folder, "agents.yaml")
    await writeFile(
      file,
      `service: shop
cluster: test
package: {name: web, version: "1", file: ./web-1.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}"}
regions:
  a: {hosts: {a-1: {address: 127.0.0.1, agent: {port: ${agents[0]?.port}}}}}
  b: {hosts: {b-1: {address: 127.0.0.1, agent: {port: ${agents[1]?.port}}}}}
jobs:
  web: {hosts: ["*"], command: ./run.sh, checks: [{tcp: {port: ${health.port}}, interval: 200ms}]}
`,
    )
    const quick = ["--yes", "--min-healthy", "1s", "--fast", "--reason", "test"]
    const first = beginRun(["deploy", "-f", file, ...quick], folder, ann.env)
    // Not sooner: a port that answers before the first deploy is taken by something else.
    await until("it has looked", first.run)
    await health.open()
    expect((await first.end).code).toBe(0)
    await health.shut()
  })
  afterAll(() => Promise.all((agents ?? []).map(agent => agent.end())))

  // What a killed run leaves is not for the next test.
  afterEach(async () => {
    await health.shut()
    await minos(["lock", "release", "-f", file, "--reason", "the test is over", "--yes"], { env: bob.env })
  })

  const show = async ({ env } = bob) => (await minosJson(["lock", "show", "-f", file], { env })).json
  const restart = (...more: string[]): string[] => [
    "restart",
    "-f",
    file,
    "--yes",
    "--min-healthy",
    "1s",
    ...more,
  ]

  /** A restart of ann's that holds the cluster until its first task becomes healthy. */
  async function holding(): Promise<Held> {
    const running = beginRun(restart(), folder, ann.env)
    const run = await until("both hosts are locked", async () => {
      const [by] = (await show()).held
      return by?.hosts.length === 2 && by.run === running.run() && running.run()
    })
    return { ...running, run }
  }

  test("the second is refused, from another machine and from the same, and is told who, where, what and since when", async () => {
    const { run } = await holding()
    for (const [{ env }, where] of [
      [bob, "a-1"],
      [ann, "this machine"],
    ] as const) {
      const { code, json, stderr } = await minosJson(restart(), { env })
      expect([code, json.exitCode, json.error.code]).toEqual([6, 6, "LOCKED"])
      const { message, hint } = json.error
      expect(message).toContain(
        `shop/test is locked by ${run} by ${userInfo().username} from ${hostname()} since 20`,
      )
      expect(message).toContain(`minos restart -f ${file} --yes --min-healthy 1s --json (${where})`)
      expect(hint).toMatch(/--lock-timeout.*minos lock release/)
      expect(stderr).not.toContain("stock")
    }
    const text = await minos(restart(), { env: bob.env })
    expect(text.code).toBe(6)
    expect(text.stderr).toContain("(LOCKED)")

    const { json } = await minosJson(["status", "-f", file], { env: bob.env })
    expect(json.locks).toMatchObject([{ run, who: userInfo().username, from: hostname() }])
    const status = await minos(["status", "-f", file], { env: bob.env })
    expect(status.stdout).toContain(`locked: ${run} by ${userInfo().username} from ${hostname()} since `)
    expect((await minos(["deploy", "-f", file, "--dry-run"], { env: bob.env })).code).toBe(0)
  })

  test("with --lock-timeout the second waits, says for whom, and then runs", async () => {
    const first = await holding()
    const second = beginRun(restart("--lock-timeout", "10m"), folder, bob.env)
    await until("it waits", () => second.said().includes("waiting for the lock"))
    await health.open()
    expect((await first.end).code).toBe(0)
    const { code, json } = await second.end
    expect([code, json.counts.changed]).toEqual([0, 2])
    expect(second.said().split("waiting for the lock")).toHaveLength(2)
    expect(second.said()).toContain(`waiting for the lock: ${first.run} by`)
    expect((await show()).held).toEqual([])
  })

  test("one that waits no longer is refused; one that is interrupted while it waits has touched nothing", async () => {
    const { run } = await holding()
    const late = await minosJson(restart("--lock-timeout", "1s"), { env: bob.env })
    expect(late.code).toBe(6)
    expect(late.json.error.message).toContain("is locked after waiting 1 s by")
    const second = beginRun(restart("--lock-timeout", "10m"), folder, bob.env)
    await until("it waits", () => second.said().includes("waiting for the lock"))
    second.child.kill("SIGINT")
    expect(await second.end).toMatchObject({ code: 130, json: { error: { code: "INTERRUPTED" } } })
    expect((await show()).held).toMatchObject([{ run, hosts: ["a-1", "b-1"] }])
  })

  test("the lock of a run that was killed lapses by itself, and the next one takes it", async () => {
    const first = await holding()
    first.child.kill("SIGKILL")
    await first.end
    // What it left on its own machine is that of a dead process.
    expect((await show(ann)).file).toMatchObject({ run: first.run, owner: "dead" })
    await until("it has lapsed", async () => (await show()).held.length === 0)
    // The restart was killed in the middle: what it stopped is started.
    await health.open()
    expect((await minosJson(["start", "-f", file, "--min-healthy", "1s"], ann)).code).toBe(0)
    const after = await show(ann)
    expect([after.held, after.file]).toEqual([[], undefined])
  })

  test("after Ctrl-C the lock is given back at once", async () => {
    const first = await holding()
    first.child.kill("SIGINT")
    await until("it finishes", () => first.said().includes("press again"))
    first.child.kill("SIGINT")
    const { code, json } = await first.end
    expect([code, json.interrupted]).toEqual([130, true])
    const after = await show(ann)
    expect([after.held, after.file]).toEqual([[], undefined])
  })

  test("a lock that is released by another ends the run that had it: it starts nothing more", async () => {
    const first = await holding()
    const missing = await minosJson(["lock", "release", "-f", file, "--yes"], { env: bob.env })
    expect(missing.code).toBe(2)
    const asked = await minosJson(["lock", "release", "-f", file, "--reason", "it hangs"], { env: bob.env })
    expect([asked.code, asked.json.error.code]).toEqual([5, "NOT_CONFIRMED"])
    expect(asked.json.error.message).toContain(first.run)

    const released = await minosJson(["lock", "release", "-f", file, "--reason", "it hangs", "--yes"], {
      env: bob.env,
    })
    expect([released.code, released.json.released]).toEqual([0, [{ run: first.run, hosts: ["a-1", "b-1"] }]])
    await until("it notices", () => first.said().includes("the lock was lost"))
    await health.open()
    const { code, json } = await first.end
    expect(code).toBe(9)
    expect(json.halted).toMatch(
      new RegExp(
        `^the lock was lost: [ab]-1: LOCKED: the lock of ${first.run} was released by .* from .*: it hangs$`,
      ),
    )
    expect(json.counts).toMatchObject({ planned: 2, changed: 1, skipped: 1 })
    expect(await readFile(join(folder, "a-1", "audit.jsonl"), "utf8")).toContain('"why":"it hangs"')
  })

  test("what a living process on this machine holds is released with --force only", async () => {
    const first = await holding()
    const release = ["lock", "release", "-f", file, "--reason", "it hangs", "--yes"]
    const kept = await minosJson(release, { env: ann.env })
    expect([kept.code, kept.json.released, kept.json.kept.run]).toEqual([6, [], first.run])
    expect((await minos(release, { env: ann.env })).stdout).toContain(`kept  ${first.run} by`)
    expect((await show()).held).toMatchObject([{ run: first.run }])
    const forced = await minosJson([...release, "--force"], { env: ann.env })
    expect([forced.code, forced.json.removedFile]).toEqual([0, first.run])
    await until("it notices", () => first.said().includes("the lock was lost"))
    await health.open()
    expect((await first.end).code).toBe(9)
    const nothing = await minos(release, { env: ann.env })
    expect([nothing.code, nothing.stdout]).toEqual([0, "shop/test: nothing to release"])
  })

  test("lock show says in words who holds it on which hosts, and that nobody does", async () => {
    expect((await minos(["lock", "show", "-f", file], { env: ann.env })).stdout).toBe(
      "shop/test: no run holds the lock",
    )
    const { run } = await holding()
    const { stdout, code } = await minos(["lock", "show", "-f", file], { env: ann.env })
    expect(code).toBe(0)
    expect(stdout).toMatch(
      new RegExp(
        `^held {2}${run} by .* since .*: minos restart .*\n {2}on a-1,b-1; lapses in \\d s unless it is renewed\n` +
          `lock file {2}${run} by .*\n {2}on this machine, process \\d+: it lives$`,
      ),
    )
  })
})
