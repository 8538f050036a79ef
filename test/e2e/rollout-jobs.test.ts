import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  type AgentFleet,
  journalLines,
  QUICK,
  SCRIPTS,
  startAgentFleet,
  writeScript,
} from "../support/agent-fleet.js"
import { minos } from "../support/minos.js"
import { freePort } from "../support/ports.js"

let fleet: AgentFleet

beforeAll(async () => {
  fleet = await startAgentFleet()
})
afterAll(() => fleet?.end())

test("a chain of jobs starts forward, each when the one before is healthy, and stops backward", async () => {
  const journal = join(fleet.folder, "chain.journal")
  const port = await freePort()
  const job = (host: string, command: string, more: string): string =>
    `{hosts: [${host}], command: ${command}, env: {JOURNAL: ${journal}, PORT: "${port}"}, ${more}}`
  const path = await fleet.clusterFile("chain", {
    jobs: `  web: ${job("e-1", "./link.sh", "after: [api]")}
  api: ${job("w-1", "./link.sh", "after: [db]")}
  db: ${job("n-1", `"${process.execPath} slow.mjs"`, `checks: [{tcp: {port: ${port}}, interval: 300ms}]`)}
`,
  })
  const forward = ["start db", "ready db", "start api", "start web"]
  const backward = ["stop web", "stop api", "stop db"]
  const ran = await fleet.deploy(path)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(await journalLines(journal)).toEqual(forward)
  expect((await fleet.run(path, "stop", "--yes")).code).toBe(0)
  expect(await journalLines(journal)).toEqual([...forward, ...backward])
  expect((await fleet.run(path, "start", "--min-healthy", "1s")).code).toBe(0)
  expect(await journalLines(journal)).toEqual([...forward, ...backward, ...forward])
  expect((await fleet.run(path, "stop", "--yes")).code).toBe(0)
})

describe.sequential("hooks", () => {
  const file = async (version: string): Promise<string> => {
    await writeScript(
      join(fleet.folder, "operator.sh"),
      SCRIPTS["note.sh"].replace("$JOURNAL", "operator.journal"),
    )
    const near = `hosts: [e-1], command: ./run.sh, startretries: 0, env: {JOURNAL: ${join(fleet.folder, "agent.journal")}}`
    const far = "hosts: [w-1], command: ./run.sh, startretries: 0"
    const operator = (step: string, word: string): string =>
      `${step}: {command: ./operator.sh ${word}, on: operator}`
    return fleet.clusterFile("hooked", {
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
  const noted = async (side: string): Promise<readonly string[]> =>
    journalLines(join(fleet.folder, `${side}.journal`))

  test("they run around a change that goes well; a first install has nothing to drain yet", async () => {
    const ran = await fleet.deploy(await file("1"), "--job", "near", "--job", "far")
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await noted("agent")).toEqual(["undrain near.0 changed"])
    expect(await noted("operator")).toEqual(["drain far.0", "undrain far.0 changed", "finish  done"])
  })

  test("on an agent, postTask undoes what preTask did although the change failed", async () => {
    expect((await fleet.deploy(await file("3"), "--job", "near")).code).toBe(9)
    expect((await noted("agent")).slice(1)).toEqual(["drain near.0", "undrain near.0 failed"])
  })

  test("on the operator's machine too, and onFailure and onFinish are told why", async () => {
    const { code, json } = await fleet.deploy(await file("3"), "--job", "far")
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
    const { code, json } = await fleet.deploy(path, "--job", "blocked")
    expect(code).toBe(9)
    expect(json.outcomes[0].evidence.message).toMatch(/^the hook preTask failed: exit status 3/)
    expect(await fleet.versions(path, "--job", "blocked")).toEqual(["missing"])
  })
})

test("a production cluster is changed only when its name is given", async () => {
  const path = await fleet.clusterFile("prod", {
    head: "production: true",
    jobs: "  say: {hosts: [n-1], command: ./run.sh}",
  })
  const unwatched = QUICK.filter(flag => flag !== "--yes")
  const unasked = await fleet.run(path, "deploy", ...unwatched)
  const wrong = await fleet.run(path, "deploy", ...unwatched, "--confirm", "prod")
  expect([unasked.code, wrong.code]).toEqual([5, 5])
  expect(await fleet.versions(path)).toEqual(["missing"])
  expect((await fleet.run(path, "deploy", ...unwatched, "--confirm", "test")).code).toBe(0)
  expect(await fleet.versions(path)).toEqual(["1 RUNNING"])
})

test("a deploy is refused while something else answers on the port of a check", async () => {
  const { port } = fleet.health
  const path = await fleet.clusterFile("taken", {
    jobs: `  say: {hosts: [e-1, n-1], command: ./run.sh, checks: [{tcp: {port: ${port}}}]}`,
  })
  const plan = await fleet.run(path, "plan")
  const { code, json } = await fleet.deploy(path)
  expect([plan.code, code]).toEqual([7, 7])
  expect(json.refused).toContain(`nothing was touched: port ${port} of e-1 is taken already`)
  expect(json.counts).toMatchObject({ planned: 2, skipped: 2 })
  expect(await fleet.versions(path)).toEqual(["missing", "missing"])
  const said = await minos(["deploy", "-f", path, ...QUICK], { env: fleet.env })
  expect(said.stdout).toContain("is taken already")
})

test("a gate that is shut ends the watching of the canary, and what failed at the end is told", async () => {
  const path = await fleet.clusterFile("gated", {
    head: "rollout: {gates: [{cmd: ./closed.sh, interval: 200ms}]}",
    jobs: "  say: {hosts: [w-1, n-1], command: ./run.sh, hooks: {onFinish: ./closed.sh}}",
  })
  await writeScript(join(fleet.folder, "closed.sh"), "#!/bin/sh\necho 'too many errors' >&2\nexit 1\n")
  const { code, json } = await fleet.run(path, "deploy", "--yes", "--min-healthy", "1s", "--bake", "60s")
  expect(code).toBe(9)
  expect(json.halted).toContain("a gate shut while canary was watched")
  expect(json.counts).toMatchObject({ changed: 1, skipped: 1 })
  expect(json.hookFailures).toEqual([expect.stringContaining("too many errors")])
})
