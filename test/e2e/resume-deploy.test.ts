import { existsSync, readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { writeScript } from "../support/agent-fleet.js"
import { countOf, runLines } from "../support/journals.js"
import { type AgentProcess, minosJson, startAgentProcess, startMinos } from "../support/minos.js"
import { until } from "../support/until.js"

/** It writes a line with its version for each start, and takes its time to end. */
const PROGRAM = (version: number): string => `#!/bin/sh
echo ${version} >>"$STARTS-$MINOS_TASK"
trap 'sleep 0.2; kill $!; exit 0' TERM
sleep 1000 &
wait
`
const HOSTS = ["h-1", "h-2", "h-3"]
const QUICK = ["--yes", "--min-healthy", "300ms", "--fast", "--reason", "test"]

let folder: string
let agents: readonly AgentProcess[]
let version = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-resume-deploy-"))
  agents = await Promise.all(HOSTS.map(host => startAgentProcess(join(folder, host), ["--embedded"])))
  expect((await minosJson(["deploy", "-f", await nextVersion(), ...QUICK])).code).toBe(0)
})
afterAll(async () => {
  await Promise.all((agents ?? []).map(agent => agent.end()))
  await removeTree(folder)
})

describe.sequential("a deploy by agents whose minos is killed", () => {
  test.each<[string, (state: string) => boolean, number]>([
    ["while it prepares the hosts", state => runLines(state).some(line => line.step === "prepare"), 0],
    ["before the first switch is sent", state => countOf(state, "change") >= 1, 0],
    ["while the first task is switched", state => countOf(state, "change") >= 1, 150],
    ["when the first is done", state => countOf(state, "outcome") >= 1, 0],
    ["while the second is switched", state => countOf(state, "change") >= 2, 250],
  ])("%s: each task is switched once in all", async (_, moment, later) => {
    const { state, env } = await stateFolder()
    const path = await nextVersion()
    await killed(["deploy", "-f", path, ...QUICK], env, () => moment(state), later)
    const ran = await minosJson(["resume", "--yes"], { env })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.json.counts).toMatchObject({ planned: 3, failed: 0, unreachable: 0, skipped: 0 })
    expect(starts()).toEqual(HOSTS.map(() => 1))
    const shown = await minosJson(["show", ran.json.operation], { env })
    expect(shown.json.tasks.map((task: any) => task.state)).toEqual(
      ran.json.outcomes.map((outcome: any) => outcome.kind),
    )
    expect((await minosJson(["audit", "verify"], { env })).code).toBe(0)
  })

  test("and a rollback: what was switched back is not switched forth again", async () => {
    const { state, env } = await stateFolder()
    version -= 1
    const before = starts()
    await killed(
      ["rollback", "-f", join(folder, "minos.yaml"), ...QUICK],
      env,
      () => countOf(state, "outcome") >= 1,
      0,
    )
    const ran = await minosJson(["resume", "--yes"], { env })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(starts()).toEqual(before.map(count => count + 1))
    version += 1
  })

  test("resume refuses another release: what a variable holds has changed", async () => {
    const { state, env } = await stateFolder()
    const path = await nextVersion()
    const text = readFileSync(path, "utf8")
    await writeFile(path, text.replace("env: {", 'env: {WORD: "${env:WORD}", '))
    const before = { ...env, WORD: "as it was" }
    await killed(["deploy", "-f", path, ...QUICK], before, () => countOf(state, "change") >= 1, 0)
    const { code, json } = await minosJson(["resume", "--yes"], { env: { ...env, WORD: "another" } })
    expect([code, json.error.code]).toEqual([7, "OTHER_RELEASE"])
    const ran = await minosJson(["resume", "--yes"], { env: before })
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(starts()).toEqual(HOSTS.map(() => 1))
  })

  test("resume refuses another package", async () => {
    const { state, env } = await stateFolder()
    const path = await nextVersion()
    await killed(["deploy", "-f", path, ...QUICK], env, () => countOf(state, "change") >= 1, 0)
    await pack(version, "echo another\n")
    const { code, json } = await minosJson(["resume", "--yes"], { env })
    expect([code, json.error.code]).toEqual([7, "OTHER_PACKAGE"])
  })
})

/** A package and a cluster file of a version that was not there before. */
async function nextVersion(): Promise<string> {
  version += 1
  await pack(version, "")
  const hosts = HOSTS.map((name, n) => `${name}: {address: 127.0.0.1, agent: {port: ${agents[n]?.port}}}`)
  const path = join(folder, "minos.yaml")
  await writeFile(
    path,
    `service: shop
cluster: test
package: {name: shop, version: "${version}", file: ./shop-${version}.tar.gz}
regions: {r: {hosts: {${hosts.join(", ")}}}}
jobs:
  web: {hosts: ["*"], command: ./run.sh, startsecs: 0, env: {STARTS: "${folder}/starts"}}
`,
  )
  return path
}

async function pack(number: number, more: string): Promise<void> {
  const source = await mkdtemp(join(folder, "source-"))
  await mkdir(source, { recursive: true })
  await writeScript(join(source, "run.sh"), PROGRAM(number) + more)
  await packFolder(source, join(folder, `shop-${number}.tar.gz`))
}

/** How often the present version was started on each host. */
function starts(): readonly number[] {
  return HOSTS.map((_, n) => {
    const path = join(folder, `starts-web.${n}`)
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : []
    return lines.filter(line => line === String(version)).length
  })
}

async function stateFolder(): Promise<{ state: string; env: Record<string, string> }> {
  const state = await mkdtemp(join(tmpdir(), "minos-resume-"))
  onTestFinished(() => rm(state, { recursive: true, force: true }))
  return { state, env: { MINOS_STATE_DIR: state } }
}

async function killed(
  args: readonly string[],
  env: Record<string, string>,
  moment: () => boolean,
  later: number,
): Promise<void> {
  const running = startMinos(args, { env })
  await Promise.race([until("the moment", moment), running.ended])
  await sleep(later)
  running.child.kill("SIGKILL")
  const { signal, stderr } = await running.ended
  expect(signal, stderr).toBe("SIGKILL")
}
