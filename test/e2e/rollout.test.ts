import { chmod, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { removeTree } from "../../src/disk/remove-tree.js"
import { packFolder } from "../../src/packages/pack.js"
import { type AgentProcess, minos, minosJson, startAgentProcess } from "../support/minos.js"
import { freePort } from "../support/ports.js"
import { type Supervisord, startSupervisord } from "../support/supervisord.js"

/** A fleet of three regions for all tests; each service on it has its own cluster file and touches no other. */
const REGIONS = { east: ["e-1", "e-2"], west: ["w-1"], north: ["n-1"] }
const AUTH = { MINOS_AGENT_USER: "minos", MINOS_AGENT_PASSWORD: "pass-word-1" }
const env = { MINOS_PASSWORD: AUTH.MINOS_AGENT_PASSWORD }

/** How each version ends: 3 dies at once, 4 after it was healthy for some time. */
const ENDS: Readonly<Record<string, string>> = {
  1: "exec sleep 1000",
  2: "exec sleep 1000",
  3: "echo 'no table' >&2; exit 4",
  4: "sleep 6; exit 5",
  5: "exec sleep 1000",
}

/** What else is in every version. `$JOURNAL` is a file in which the order of things can be read afterwards. */
const SCRIPTS: Readonly<Record<string, string>> = {
  "note.sh": `#!/bin/sh
echo "$1 $MINOS_TASK $MINOS_OUTCOME" >>"$JOURNAL"
`,
  "link.sh": `#!/bin/sh
trap 'echo "stop $MINOS_JOB" >>"$JOURNAL"; exit 0' TERM
echo "start $MINOS_JOB" >>"$JOURNAL"
sleep 1000 &
wait
`,
  // It answers only some time after it is RUNNING.
  "slow.mjs": `import { appendFileSync } from "node:fs"
import { createServer } from "node:net"
const note = what => appendFileSync(process.env.JOURNAL, what + " " + process.env.MINOS_JOB + "\\n")
note("start")
process.on("SIGTERM", () => {
  note("stop")
  process.exit(0)
})
setTimeout(() => createServer(() => {}).listen(process.env.PORT, "127.0.0.1", () => note("ready")), 2_000)
`,
}

interface FleetHost {
  readonly name: string
  readonly daemon: Supervisord
  readonly agent: AgentProcess
}

let folder: string
let hosts: readonly FleetHost[]
/** What the checks of some jobs ask: it says how well they are. */
let health: Server
let healthy = false

const root = (host: string): string => join(folder, host)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-rollout-"))
  hosts = await Promise.all(Object.values(REGIONS).flat().map(startHost))
  health = createServer((_, response) => {
    response.writeHead(healthy ? 200 : 503).end(healthy ? "ready" : "warming up")
  }).listen(0, "127.0.0.1")
  for (const version of Object.keys(ENDS)) await pack(version)
})

afterAll(async () => {
  health?.close()
  await Promise.all((hosts ?? []).map(host => host.agent.end()))
  await Promise.all((hosts ?? []).map(host => host.daemon.stop()))
  await removeTree(folder)
})

describe.sequential("a service through its life", () => {
  const say = (version: string, more: { job?: string; jobs?: string } = {}): Promise<string> =>
    clusterFile("shop", {
      version,
      jobs: `  say: {hosts: ["*"], command: ./run.sh, startretries: 0${more.job ?? ""}}\n${more.jobs ?? ""}`,
    })

  test("a plan says what a deploy then does: a canary, the rest of its region, the other regions", async () => {
    const path = await say("1", { jobs: `  old: {hosts: [e-1], command: ./run.sh}` })
    const plan = await run(path, "plan")
    expect(plan.code).toBe(10)
    expect(plan.json.steps.map((step: any) => step.action)).toEqual(Array(5).fill("install"))
    const waves = plan.json.waves.filter((wave: any) => wave.job === "say")
    expect(waves.map((wave: any) => [wave.region, ...wave.tasks])).toEqual([
      ["east (canary)", "say.0"],
      ["east", "say.1"],
      ["west", "say.2"],
      ["north", "say.3"],
    ])
    expect(Object.values(await pids(path))).toEqual(Array(5).fill(0))

    const ran = await deploy(path)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.json.counts).toMatchObject({ planned: 5, changed: 5 })
    const starts = Object.values(await processes(path, "--job", "say")).map(process => process.start)
    // All on one machine, so on one clock: each started only when the one before had been up for a while.
    for (let n = 1; n < starts.length; n++) expect(starts[n]).toBeGreaterThanOrEqual(starts[n - 1] + 1)
    const again = await run(path, "plan")
    expect([again.code, again.json.waves]).toEqual([0, []])
  })

  test("a saved plan is refused after the fleet has changed, and carried out while it has not", async () => {
    const path = await say("2")
    const file = join(folder, "plan.json")
    expect((await run(path, "plan", "--out", file)).code).toBe(10)
    expect((await run(path, "restart", "--task", "say.3", ...QUICK)).code).toBe(0)
    const before = await pids(path)
    const stale = await deploy(path, "--plan", file)
    expect([stale.code, stale.json.error.code]).toEqual([7, "STALE_PLAN"])
    expect(await pids(path)).toEqual(before)

    const { json } = await run(path, "plan", "--out", file)
    expect(json.orphans).toEqual([{ host: "e-1", job: "old", instance: 0 }])
    const ran = await deploy(path, "--plan", file)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await versions(path)).toEqual(Array(4).fill("2 RUNNING"))
    expect(await programsOf(path, "e-1")).toContain("shop.test.old.0")
  })

  test("a rollback goes to the release before", async () => {
    const path = await say("2")
    const { code, json } = await run(path, "rollback", ...QUICK)
    expect([code, json.counts.changed]).toEqual([0, 4])
    expect(await versions(path)).toEqual(Array(4).fill("1 RUNNING"))
  })

  test("a rollback to a release that some host lacks touches nothing", async () => {
    const path = await say("5")
    const staged = await deploy(path, "--stage-only", "--region", "west")
    expect([staged.code, staged.json.counts.skipped]).toEqual([0, 1])
    const before = await pids(path)
    const { code, json } = await run(path, "rollback", "5", ...QUICK)
    expect([code, json.error.code]).toEqual([7, "NO_FORMER_RELEASE"])
    for (const host of ["e-1", "e-2", "n-1"]) expect(json.error.message).toContain(host)
    expect(json.error.message).not.toContain("w-1")
    expect(await pids(path)).toEqual(before)
  })

  test("a release that dies while it is watched is put back, and no other task is touched", async () => {
    const path = await say("4")
    const before = await pids(path)
    const watched = ["--yes", "--min-healthy", "1s", "--bake", "30s", "--on-failure", "revert"]
    const { code, json } = await run(path, "deploy", ...watched)
    expect([code, json.reverted]).toEqual([9, 1])
    expect(json.counts).toMatchObject({ failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence).toMatchObject({
      message: expect.stringContaining("it did not stay healthy while it was watched"),
      hint: expect.stringContaining("put back: 1: RUNNING"),
    })
    expect(await versions(path)).toEqual(Array(4).fill("1 RUNNING"))
    expect(others(await pids(path))).toEqual(others(before))
  })

  test("a broken release stops at the canary, and a rollback of that task mends it", async () => {
    const path = await say("3")
    const before = await pids(path)
    const { code, json } = await deploy(path)
    expect(code).toBe(9)
    expect(json.halted).toContain("say.0 on e-1")
    expect(json.counts).toMatchObject({ planned: 4, changed: 0, failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence).toMatchObject({ state: "FATAL", stderr: ["no table"] })
    expect(await versions(path)).toEqual(["3 FATAL", ...Array(3).fill("1 RUNNING")])
    expect(others(await pids(path))).toEqual(others(before))

    const back = await run(path, "rollback", "--task", "say.0", ...QUICK)
    expect(back.code, back.stdout + back.stderr).toBe(0)
    expect(await versions(path)).toEqual(Array(4).fill("1 RUNNING"))
    expect(others(await pids(path))).toEqual(others(before))
  })

  test("with one task down already, no healthy one is taken below the floor of its region", async () => {
    const path = await say("1")
    expect((await run(path, "stop", "--task", "say.1", "--yes")).code).toBe(0)
    const before = await pids(path)
    const short = await run(path, "restart", "--task", "say.0", "--deadline", "3s", ...QUICK)
    expect(short.code).toBe(9)
    expect(short.json.halted).toContain("1 of 2 tasks of say in east are healthy, and 1 must stay so")
    expect(short.json.counts).toMatchObject({ changed: 0, skipped: 1 })
    expect(await pids(path)).toEqual(before)
  })

  test("a quorum counts over all regions, and the run goes on when enough are healthy again", async () => {
    const path = await say("1")
    const before = await pids(path)
    const quorum = ["--region", "west", "--min-available", "quorum", ...QUICK]
    const short = await run(path, "restart", ...quorum, "--deadline", "3s")
    expect(short.code).toBe(9)
    expect(short.json.halted).toContain("3 of 4 tasks of say are healthy, and 3 must stay so")
    expect(await pids(path)).toEqual(before)
    expect((await run(path, "start", "--min-healthy", "1s")).json.counts).toMatchObject({ changed: 1 })
    expect((await run(path, "restart", ...quorum)).code).toBe(0)
    expect((await pids(path))["say.2"]).not.toBe(before["say.2"])
  })

  test("a check that never passes fails its task with what it was answered", async () => {
    const { port } = health.address() as AddressInfo
    const path = await say("2", {
      job: `, checks: [{http: {port: ${port}, path: /healthz, body: ready}, interval: 300ms}]`,
    })
    const before = await pids(path)
    const { code, json } = await deploy(path, "--deadline", "4s")
    expect(code).toBe(9)
    expect(json.counts).toMatchObject({ failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence.message).toBe('it runs, and its check fails: HTTP 503: "warming up"')
    expect(json.outcomes[0].evidence.state).toBe("RUNNING")
    expect(others(await pids(path))).toEqual(others(before))

    healthy = true
    expect((await deploy(path, "--region", "west")).code).toBe(0)
    expect(await versions(path)).toEqual(["2 RUNNING", "1 RUNNING", "2 RUNNING", "1 RUNNING"])
  })

  test("an orphan is removed only by --prune", async () => {
    const path = await say("2")
    const kept = await deploy(path, "--task", "say.0")
    expect([kept.code, kept.json.counts.unchanged]).toEqual([0, 1])
    expect(await programsOf(path, "e-1")).toContain("shop.test.old.0")
    const pruned = await deploy(path, "--task", "say.0", "--prune")
    expect(pruned.code, pruned.stdout + pruned.stderr).toBe(0)
    expect(pruned.json.outcomes.map((outcome: any) => [outcome.task, outcome.kind])).toEqual([
      ["say.0", "unchanged"],
      ["old/0", "changed"],
    ])
    expect(await programsOf(path, "e-1")).not.toContain("shop.test.old.0")
    expect((await run(path, "plan", "--task", "say.0")).json.orphans).toEqual([])
  })

  test("cleanup needs stopped tasks and the cluster's name, and keeps the data unless told", async () => {
    const path = await say("2")
    const task = join(root("n-1"), "tasks", "shop", "test", "say", "0")
    const before = await pids(path)
    const running = await run(path, "cleanup", "--confirm", "test")
    expect([running.code, running.json.error.code]).toEqual([7, "STILL_RUNNING"])
    expect(await pids(path)).toEqual(before)

    expect((await run(path, "stop", "--yes")).code).toBe(0)
    const unasked = await run(path, "cleanup")
    const wrong = await run(path, "cleanup", "--confirm", "shop")
    expect([unasked.code, wrong.code]).toEqual([5, 5])
    expect(await readdir(join(task, "releases"))).not.toEqual([])

    const releases = await run(path, "cleanup", "--confirm", "test")
    expect([releases.code, releases.json.counts.changed]).toEqual([0, 4])
    expect(await readdir(join(task, "releases"))).toEqual([])
    expect(await readFile(join(task, "log", "stdout.log"), "utf8")).toContain("version 2")
    expect((await run(path, "cleanup", "--data", "--confirm", "test")).code).toBe(0)
    await expect(readdir(task)).rejects.toThrow("ENOENT")
  })
})

test("a chain of jobs starts forward, each when the one before is healthy, and stops backward", async () => {
  const journal = join(folder, "chain.journal")
  const port = await freePort()
  const job = (host: string, command: string, more: string): string =>
    `{hosts: [${host}], command: ${command}, env: {JOURNAL: ${journal}, PORT: "${port}"}, ${more}}`
  const path = await clusterFile("chain", {
    jobs: `  web: ${job("e-1", "./link.sh", "after: [api]")}
  api: ${job("w-1", "./link.sh", "after: [db]")}
  db: ${job("n-1", `"${process.execPath} slow.mjs"`, `checks: [{tcp: {port: ${port}}, interval: 300ms}]`)}
`,
  })
  const forward = ["start db", "ready db", "start api", "start web"]
  const backward = ["stop web", "stop api", "stop db"]
  const ran = await deploy(path)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(await lines(journal)).toEqual(forward)
  expect((await run(path, "stop", "--yes")).code).toBe(0)
  expect(await lines(journal)).toEqual([...forward, ...backward])
  expect((await run(path, "start", "--min-healthy", "1s")).code).toBe(0)
  expect(await lines(journal)).toEqual([...forward, ...backward, ...forward])
  expect((await run(path, "stop", "--yes")).code).toBe(0)
})

describe.sequential("hooks", () => {
  const file = async (version: string): Promise<string> => {
    await writeScript(join(folder, "operator.sh"), SCRIPTS["note.sh"]!.replace("$JOURNAL", "operator.journal"))
    const near = `hosts: [e-1], command: ./run.sh, startretries: 0, env: {JOURNAL: ${join(folder, "agent.journal")}}`
    const far = "hosts: [w-1], command: ./run.sh, startretries: 0"
    const operator = (step: string, word: string): string =>
      `${step}: {command: ./operator.sh ${word}, on: operator}`
    return clusterFile("hooked", {
      version,
      jobs: `  near: {${near}, hooks: {preTask: ./note.sh drain, postTask: ./note.sh undrain}}
  far:
    ${far.replaceAll(", ", "\n    ")}
    hooks:
      ${operator("preTask", "drain")}
      ${operator("postTask", "undrain")}
      onFailure: ./operator.sh failure
      onFinish: ./operator.sh finish
  blocked: {hosts: [n-1], command: ./run.sh, hooks: {preTask: {command: sh -c "echo full >&2; exit 3", on: operator}}}
`,
    })
  }
  const noted = async (side: string): Promise<readonly string[]> => lines(join(folder, `${side}.journal`))

  test("they run around a change that goes well; a first install has nothing to drain yet", async () => {
    const ran = await deploy(await file("1"), "--job", "near", "--job", "far")
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await noted("agent")).toEqual(["undrain near.0 changed"])
    expect(await noted("operator")).toEqual(["drain far.0", "undrain far.0 changed", "finish  done"])
  })

  test("on an agent, postTask undoes what preTask did although the change failed", async () => {
    expect((await deploy(await file("3"), "--job", "near")).code).toBe(9)
    expect((await noted("agent")).slice(1)).toEqual(["drain near.0", "undrain near.0 failed"])
  })

  test("on the operator's machine too, and onFailure and onFinish are told why", async () => {
    const { code, json } = await deploy(await file("3"), "--job", "far")
    expect(code).toBe(9)
    expect((await noted("operator")).slice(3)).toEqual([
      "drain far.0",
      "undrain far.0 failed",
      `failure  ${json.halted}`,
      `finish  ${json.halted}`,
    ])
  })

  test("a preTask that fails blocks its task", async () => {
    const path = await file("1")
    const { code, json } = await deploy(path, "--job", "blocked")
    expect(code).toBe(9)
    expect(json.outcomes[0].evidence.message).toMatch(/^the hook preTask failed: exit status 3/)
    expect(await versions(path, "--job", "blocked")).toEqual(["missing"])
  })
})

test("a production cluster is changed only when its name is given", async () => {
  const path = await clusterFile("prod", {
    head: "production: true",
    jobs: "  say: {hosts: [n-1], command: ./run.sh}",
  })
  const unwatched = QUICK.filter(flag => flag !== "--yes")
  const unasked = await run(path, "deploy", ...unwatched)
  const wrong = await run(path, "deploy", ...unwatched, "--confirm", "prod")
  expect([unasked.code, wrong.code]).toEqual([5, 5])
  expect(await versions(path)).toEqual(["missing"])
  expect((await run(path, "deploy", ...unwatched, "--confirm", "test")).code).toBe(0)
  expect(await versions(path)).toEqual(["1 RUNNING"])
})

test("a deploy is refused while something else answers on the port of a check", async () => {
  const { port } = health.address() as AddressInfo
  const path = await clusterFile("taken", {
    jobs: `  say: {hosts: [e-1, n-1], command: ./run.sh, checks: [{tcp: {port: ${port}}}]}`,
  })
  const plan = await run(path, "plan")
  const { code, json } = await deploy(path)
  expect([plan.code, code]).toEqual([7, 7])
  expect(json.refused).toContain(`nothing was touched: port ${port} of e-1 is taken already`)
  expect(json.counts).toMatchObject({ planned: 2, skipped: 2 })
  expect(await versions(path)).toEqual(["missing", "missing"])
  const said = await minos(["deploy", "-f", path, ...QUICK], { env })
  expect(said.stdout).toContain("is taken already")
})

const QUICK = ["--yes", "--min-healthy", "1s", "--fast", "--reason", "test"]

const run = (path: string, command: string, ...more: string[]) =>
  minosJson([command, ...more, "-f", path], { env })
const deploy = (path: string, ...more: string[]) => run(path, "deploy", ...QUICK, ...more)

/** What is known of the process of each task; undefined where there is none. */
async function processes(path: string, ...selection: string[]): Promise<Record<string, any>> {
  const { json } = await run(path, "status", ...selection)
  return Object.fromEntries(json.tasks.map((task: any) => [task.task, task.processes?.[0]]))
}

async function pids(path: string): Promise<Record<string, number>> {
  const seen = Object.entries(await processes(path))
  return Object.fromEntries(seen.map(([task, process]) => [task, process?.pid ?? 0]))
}

/** All but the canary. */
function others({ "say.0": _, ...rest }: Record<string, number>): Record<string, number> {
  return rest
}

/** `1 RUNNING` for each task, or `missing`. */
async function versions(path: string, ...selection: string[]): Promise<readonly string[]> {
  const seen = Object.values(await processes(path, ...selection))
  return seen.map(process => (process ? `${process.version} ${process.state}` : "missing"))
}

/** The names of the programs on a host. */
async function programsOf(path: string, host: string): Promise<readonly string[]> {
  const { json } = await run(path, "rpc", host, "supervisor.getAllProcessInfo")
  return json.answers[0].value.map((info: any) => info.name)
}

async function lines(file: string): Promise<readonly string[]> {
  return (await readFile(file, "utf8")).trimEnd().split("\n").map(line => line.trimEnd())
}

/** Writes the cluster file of a service; `head` are further lines at the top. */
async function clusterFile(
  service: string,
  { version = "1", head = "", jobs }: { version?: string; head?: string; jobs: string },
): Promise<string> {
  const regions = Object.entries(REGIONS).map(([region, names]) => {
    const own = names.map(name => {
      const port = hosts.find(host => host.name === name)?.agent.port
      return `${name}: {address: 127.0.0.1, agent: {port: ${port}}}`
    })
    return `  ${region}: {hosts: {${own.join(", ")}}}`
  })
  const path = join(folder, `${service}.yaml`)
  const text = `service: ${service}
cluster: test
${head}
package: {name: greeter, version: "${version}", file: ./greeter-${version}.tar.gz}
agent: {user: minos, password: "\${env:MINOS_PASSWORD}"}
regions:
${regions.join("\n")}
jobs:
${jobs}
`
  await writeFile(path, text)
  return path
}

async function startHost(name: string): Promise<FleetHost> {
  const daemon = await startSupervisord()
  const backend = ["--supervisor", daemon.socketUrl, "--program-dir", daemon.programFolder]
  return { name, daemon, agent: await startAgentProcess(root(name), backend, AUTH) }
}

async function pack(version: string): Promise<void> {
  const source = join(folder, `source-${version}`)
  await mkdir(source)
  await writeScript(join(source, "run.sh"), `#!/bin/sh\necho "version ${version}"\n${ENDS[version]}\n`)
  for (const [name, text] of Object.entries(SCRIPTS)) await writeScript(join(source, name), text)
  await packFolder(source, join(folder, `greeter-${version}.tar.gz`))
}

async function writeScript(path: string, text: string): Promise<void> {
  await writeFile(path, text)
  await chmod(path, 0o755)
}
