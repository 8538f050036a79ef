import { existsSync } from "node:fs"
import { mkdtemp, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { writeScript } from "../support/agent-fleet.js"
import { countOf, runLines } from "../support/journals.js"
import {
  type AgentProcess,
  minosJson,
  type Running,
  startAgentProcess,
  startMinos,
} from "../support/minos.js"
import { until } from "../support/until.js"

const HOSTS = ["h-1", "h-2", "h-3"]
let folder: string
let agents: readonly AgentProcess[]
let services = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-interrupt-"))
  agents = await Promise.all(HOSTS.map(host => startAgentProcess(join(folder, host), ["--embedded"])))
  const source = await mkdtemp(join(folder, "source-"))
  await writeScript(join(source, "run.sh"), "#!/bin/sh\nexec sleep 1000\n")
  await packFolder(source, join(folder, "shop.tar.gz"))
})
afterAll(async () => {
  await Promise.all((agents ?? []).map(agent => agent.end()))
  await removeTree(folder)
})

/** How long a task has to run before it counts: longer than any of these tests looks, or as good as nothing. */
const LONG = "60s"
const SHORT = "300ms"

describe("a deploy that is interrupted", () => {
  test.each<[string, readonly NodeJS.Signals[], string, number, object]>([
    ["Ctrl-C once finishes what runs", ["SIGINT"], "3s", 130, { changed: 1, skipped: 2 }],
    ["Ctrl-C twice gives up what runs", ["SIGINT", "SIGINT"], LONG, 130, { unreachable: 1, skipped: 2 }],
    [
      "SIGTERM gives up what takes longer than it may",
      ["SIGTERM"],
      LONG,
      143,
      { unreachable: 1, skipped: 2 },
    ],
    ["SIGHUP does the same", ["SIGHUP"], LONG, 143, { unreachable: 1, skipped: 2 }],
  ])("%s; the report and the journal say the same", async (_, signals, healthy, code, counts) => {
    const { running, state, env } = await deploying(healthy)
    await until("the first task is changed", () => countOf(state, "change") >= 1)
    for (const signal of signals) await send(running, signal)
    const ran = await running.ended
    expect(ran.code, ran.stderr).toBe(code)
    const report = JSON.parse(ran.stdout)
    expect(report).toMatchObject({ exitCode: code, interrupted: true, counts: { planned: 3, ...counts } })
    await agrees(report, state, env)
  })

  test("Ctrl-C while the hosts are prepared can be gone on with", async () => {
    const { running, state, env } = await deploying(SHORT)
    await until("one host is being prepared", () => runLines(state).some(line => line.step === "prepare"))
    for (let n = 0; n < 2; n++) await send(running, "SIGINT")
    const ran = await running.ended
    expect(ran.code, ran.stderr).toBe(130)
    const report = JSON.parse(ran.stdout)
    // On a machine that is slow to hear it, the first may be switched by then.
    expect(report.journal.left).toBe(3 - report.counts.changed)
    const again = await minosJson(["resume", "--yes"], { env })
    expect(again.code, again.stdout + again.stderr).toBe(0)
    const bad = { failed: 0, unreachable: 0, skipped: 0 }
    expect(again.json).toMatchObject({ operation: report.operation, counts: { planned: 3, ...bad } })
  })

  test("Ctrl-C thrice leaves at once; the journal tells of what may have happened", async () => {
    const { running, state, env } = await deploying(LONG)
    await until("the first task is changed", () => countOf(state, "change") >= 1)
    for (let n = 0; n < 3; n++) await send(running, "SIGINT")
    const ran = await running.ended
    // When it has written its report already, nobody hears the third any more, and it ends by the signal itself.
    expect(ran.code ?? ran.signal).toSatisfy(end => end === 130 || end === "SIGINT")
    const { operation } = runLines(state)[0]!
    const { json } = await minosJson(["show", operation], { env })
    expect(json.tasks[0].state).toBe("unknown")
  })

  test.each<[string, string, string]>([
    ["a hook on this machine", `hooks: {preTask: {command: FOLDER/deaf.sh, on: operator}}`, ""],
    ["a gate", "", `rollout: {gates: [{cmd: "FOLDER/deaf.sh"}]}`],
    ["a bake", "", "rollout: {bake: 10m}"],
  ])("SIGTERM in %s: the report comes all the same, and nothing more is begun", async (_, job, head) => {
    const { running, state, env, marks } = await deploying(SHORT, { job, head })
    await until("it is there", () => existsSync(marks) || /watching|canary/.test(running.err()))
    await until("and waits", () => existsSync(marks) || countOf(state, "outcome") >= 1)
    await send(running, "SIGTERM")
    const ran = await running.ended
    expect(ran.code, ran.stdout + ran.stderr).toBe(143)
    const report = JSON.parse(ran.stdout)
    expect(report.counts.skipped).toBeGreaterThanOrEqual(2)
    await agrees(report, state, env)
  })

  test("nobody reads what it says meanwhile: it goes on to its end", async () => {
    const { running, state, env } = await deploying(SHORT)
    running.child.stderr?.destroy()
    const ran = await running.ended
    expect(ran.code).toBe(0)
    await agrees(JSON.parse(ran.stdout), state, env)
  })
})

/** Starts a deploy of a service that no other test has. */
async function deploying(
  healthy: string,
  { job = "", head = "" } = {},
): Promise<{ running: Running; state: string; env: Record<string, string>; marks: string }> {
  const own = await mkdtemp(join(folder, "run-"))
  const state = join(own, "state")
  const marks = join(own, "marks")
  // It ignores the first request to end, as a shell that waits for a command does.
  await writeScript(join(own, "deaf.sh"), `#!/bin/sh\ntrap '' TERM\necho x >>${marks}\nsleep 1000\n`)
  const hosts = HOSTS.map((name, n) => `${name}: {address: 127.0.0.1, agent: {port: ${agents[n]?.port}}}`)
  const file = join(own, "minos.yaml")
  const service = `shop${services++}`
  const text = `service: ${service}
cluster: test
package: {name: shop, version: "1", file: ../shop.tar.gz}
regions: {r: {hosts: {${hosts.join(", ")}}}}
${head}
jobs:
  web: {hosts: ["*"], command: ./run.sh, startsecs: 0${job === "" ? "" : `, ${job}`}}
`
  await writeFile(file, text.replaceAll("FOLDER", own))
  const env = { MINOS_STATE_DIR: state }
  const watched = head.includes("bake") ? [] : ["--fast", "--reason", "test"]
  const args = [
    "deploy",
    "-f",
    file,
    "--yes",
    "--json",
    "--min-healthy",
    healthy,
    "--deadline",
    "2m",
    ...watched,
  ]
  return { running: startMinos(args, { env }), state, env, marks }
}

/** Sends a signal and waits until minos says that it has heard it, so that two in a row are not heard as one. */
async function send({ child, err }: Running, signal: NodeJS.Signals): Promise<void> {
  const said = err().length
  child.kill(signal)
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null
  await until(`${signal} is heard`, () => err().length > said || isOver())
}

/** The last record of each task is the outcome that the report gives, and the journal is whole. */
async function agrees(report: any, state: string, env: Record<string, string>): Promise<void> {
  const lines = runLines(state)
  expect(lines.at(-1)).toMatchObject({ kind: "ended", exitCode: report.exitCode, hash: report.journal.head })
  for (const { task, kind, unknown } of report.outcomes) {
    const last = lines.findLast(
      line => line.task === task && line.kind === "outcome" && line.step === undefined,
    )
    expect([task, last?.outcome, last?.unknown]).toEqual([task, kind, unknown || undefined])
  }
  expect((await minosJson(["audit", "verify"], { env })).code).toBe(0)
}
