import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { QUICK } from "../support/agent-fleet.js"
import { type AgentProcess, minosJson, startAgentProcess, startMinos } from "../support/minos.js"
import { startToxicProxy, type ToxicProxy } from "../support/toxic-proxy.js"
import { until } from "../support/until.js"

const AUTH = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "pass-word-1" }
const HOSTS = ["e-1", "e-2", "w-1"] as const

let folder: string
let agents: Record<string, AgentProcess> = {}
/** Lines from the relays to the hosts: what an operator without a relay has as well. */
let lines: Record<string, ToxicProxy> = {}
const env = { MINOS_PASSWORD: AUTH.MINOS_AGENT_PASSWORD }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-relay-"))
  const names = ["relay-e", ...HOSTS]
  const started = await Promise.all(names.map(name => startAgent(name)))
  agents = Object.fromEntries(names.map((name, n) => [name, started[n] as AgentProcess]))
  const made = await Promise.all(HOSTS.map(name => startToxicProxy({ port: agents[name]!.port })))
  lines = Object.fromEntries(HOSTS.map((name, n) => [name, made[n] as ToxicProxy]))
  await mkdir(join(folder, "source"))
  await writeFile(join(folder, "source", "run.sh"), 'echo started >>"$STARTS.$MINOS_TASK"; exec sleep 1000\n')
  await packFolder(join(folder, "source"), join(folder, "package.tar.gz"))
})

afterAll(async () => {
  await Promise.all(Object.values(lines).map(line => line.stop()))
  await Promise.all(Object.values(agents).map(agent => agent.end()))
  await removeTree(folder)
})

function startAgent(name: string, port = 0): Promise<AgentProcess> {
  return startAgentProcess(join(folder, name), ["--embedded"], AUTH, port)
}

/** The relay of the east is an agent of its own, that of the west one of its hosts. */
async function clusterFile(fallback: "direct" | "none"): Promise<string> {
  const path = join(folder, `${fallback}.yaml`)
  const hosts = (letter: string) =>
    HOSTS.filter(name => name.startsWith(letter)).map(
      name => `${name}: {address: 127.0.0.1, agent: {port: ${lines[name]!.port}}}`,
    )
  const region = (letter: string, relay: string) =>
    `{relay: {url: "http://127.0.0.1:${agents[relay]!.port}", fallback: ${fallback}}, hosts: {${hosts(letter).join(", ")}}}`
  await writeFile(
    path,
    `service: greeter
cluster: test
package: {name: greeter, version: "1", file: ./package.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}"}
regions:
  east: ${region("e", "relay-e")}
  west: ${region("w", "w-1")}
rollout: {maxParallelRegions: 2}
jobs:
  say:
    hosts: ["*"]
    command: sh run.sh
    env: {STARTS: ${join(folder, "starts")}, MINOS_TASK: "{{ task.name }}"}
`,
  )
  return path
}

const audit = async (name: string): Promise<readonly any[]> =>
  (await readFile(join(folder, name, "audit.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map(line => JSON.parse(line))

const starts = async (): Promise<readonly number[]> =>
  Promise.all(
    [0, 1, 2].map(
      async n => (await readFile(join(folder, `starts.say.${n}`), "utf8")).trim().split("\n").length,
    ),
  )

/** Runs a command and kills the relay of the east in the middle of it. */
async function killedDuring(method: string, ...args: string[]) {
  const line = lines["e-1"] as ToxicProxy
  const hold = line.toxic(
    "down",
    { kind: "hold" },
    { times: 1, when: request => request.includes(`<methodName>${method}<`) },
  )
  const before = line.requests().length
  const run = startMinos([...args, "--json", "-f", await clusterFile("direct")], { env })
  await until(`${method} is at the host`, () =>
    line
      .requests()
      .slice(before)
      .some(request => request.includes(method)),
  )
  await agents["relay-e"]!.end("SIGKILL")
  await until("the relay's connections are gone", () => line.open() === 0)
  hold.remove()
  const { code, stdout, stderr } = await run.ended
  agents["relay-e"] = await startAgent("relay-e", agents["relay-e"]!.port)
  return { code, json: JSON.parse(stdout), stderr }
}

test("a deploy goes through the relays of two regions alone, and its package crosses to each of them once", async () => {
  const { code, json, stderr } = await minosJson(["deploy", ...QUICK, "-f", await clusterFile("none")], {
    env,
  })
  expect(json, stderr).toMatchObject({ counts: { planned: 3, changed: 3 } })
  expect(code).toBe(0)
  expect(json.relays).toBeUndefined()
  const puts = async (name: string) => (await audit(name)).filter(({ method }) => method === "PUT").length
  // The relay of the west is a host as well, and has what it needs when it was brought to it.
  expect(await Promise.all(["relay-e", ...HOSTS].map(puts))).toEqual([1, 1, 1, 1])
  const relayed = (await audit("relay-e"))
    .filter(({ method }) => method === "relay.submit")
    .map(({ about }) => about)
  for (const change of ["PUT ", "deployment.prepare", "deployment.activate"])
    expect(relayed.filter(about => about.startsWith(change)).join(), change).toContain(
      `127.0.0.1:${lines["e-2"]!.port}`,
    )
  const files = await Promise.all(
    ["relay-e", "w-1"].map(name => readFile(join(folder, name, "audit.jsonl"), "utf8")),
  )
  expect(files.join()).not.toContain(AUTH.MINOS_AGENT_PASSWORD)
  expect(await starts()).toEqual([1, 1, 1])
})

test("a relay that is killed in the middle of a status is named, and its hosts are asked directly", async () => {
  const { code, json, stderr } = await killedDuring("supervisor.getAllProcessInfo", "status")
  expect(json.counts, stderr).toEqual({ tasks: 3, running: 3, wrong: 0, unreachable: 0 })
  expect(code).toBe(0)
  expect(json.relays).toEqual([
    {
      region: "east",
      relay: `http://127.0.0.1:${agents["relay-e"]!.port}`,
      kind: "died",
      reason: expect.stringMatching(/^(refused|closed)$/),
      message: expect.any(String),
      fallback: "direct",
    },
  ])
  expect(stderr).toMatch(
    /the relay of east \(http:\/\/127\.0\.0\.1:\d+\) died: .*; the rest was called from this machine/,
  )
})

test("a relay that is killed in the middle of a restart is named, and each task is restarted once", async () => {
  const { code, json, stderr } = await killedDuring(
    "deployment.control",
    "restart",
    ...QUICK,
    "--region",
    "east",
  )
  expect(json, stderr).toMatchObject({
    counts: { planned: 2, changed: 2 },
    relays: [{ region: "east", kind: "died" }],
  })
  expect(code).toBe(0)
  expect(await starts()).toEqual([2, 2, 1])
})

test("a relay that is not there is named, and all its hosts are called directly", async () => {
  await agents["relay-e"]!.end()
  const { code, json } = await minosJson(["status", "-f", await clusterFile("direct")], { env })
  expect(json).toMatchObject({
    counts: { running: 3 },
    relays: [{ region: "east", kind: "unused", reason: "refused" }],
  })
  expect(code).toBe(0)
  const alone = await minosJson(["status", "-f", await clusterFile("none"), "--region", "east"], { env })
  expect(alone.json).toMatchObject({
    counts: { unreachable: 2 },
    tasks: [{ failure: { reason: "relay" } }, { failure: { reason: "relay" } }],
  })
  expect(alone.code).toBe(4)
})
