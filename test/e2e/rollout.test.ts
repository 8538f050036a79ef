import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type AgentFleet, QUICK, startAgentFleet } from "../support/agent-fleet.js"

// What a plan may be told as well: it asks nothing.
const POLICY = QUICK.filter(flag => flag !== "--yes")

/** Where the order is not what a test is about. */
const ALL_AT_ONCE = `rollout: {waves: [["*"]], maxParallelRegions: 3, maxParallel: 2, minAvailable: 0}`

let fleet: AgentFleet

beforeAll(async () => {
  fleet = await startAgentFleet()
})
afterAll(() => fleet?.end())

describe.sequential("a service through its life", () => {
  const say = (version: string, more: { head?: string; job?: string; jobs?: string } = {}): Promise<string> =>
    fleet.clusterFile("shop", {
      version,
      head: more.head ?? "",
      jobs: `  say: {hosts: ["*"], command: ./run.sh, startretries: 0${more.job ?? ""}}\n${more.jobs ?? ""}`,
    })

  test("a plan says what a deploy then does: a canary, the rest of its region, the other regions", async () => {
    const path = await say("1", { jobs: `  old: {hosts: [e-1], command: ./run.sh}` })
    const plan = await fleet.run(path, "plan")
    expect(plan.code).toBe(10)
    expect(plan.json.steps.map((step: any) => step.action)).toEqual(Array(5).fill("install"))
    const waves = plan.json.waves.filter((wave: any) => wave.job === "say")
    expect(waves.map((wave: any) => [wave.region, ...wave.tasks])).toEqual([
      ["east (canary)", "say.0"],
      ["east", "say.1"],
      ["west", "say.2"],
      ["north", "say.3"],
    ])
    expect(Object.values(await fleet.pids(path))).toEqual(Array(5).fill(0))

    const ran = await fleet.deploy(path)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.json.counts).toMatchObject({ planned: 5, changed: 5 })
    const starts = Object.values(await fleet.processes(path, "--job", "say")).map(process => process.start)
    // All on one machine, so on one clock: each started only when the one before had been up for a while.
    for (let n = 1; n < starts.length; n++) expect(starts[n]).toBeGreaterThanOrEqual(starts[n - 1] + 1)
    const again = await fleet.run(path, "plan")
    expect([again.code, again.json.waves]).toEqual([0, []])
  })

  test("a saved plan is refused after the fleet has changed, and carried out while it has not", async () => {
    const path = await say("2", { head: ALL_AT_ONCE })
    const file = join(fleet.folder, "plan.json")
    expect((await fleet.run(path, "plan", ...POLICY, "--out", file)).code).toBe(10)
    expect((await fleet.run(path, "restart", "--task", "say.3", ...QUICK)).code).toBe(0)
    const before = await fleet.pids(path)
    const stale = await fleet.deploy(path, "--plan", file)
    expect([stale.code, stale.json.error.code]).toEqual([7, "STALE_PLAN"])
    expect(await fleet.pids(path)).toEqual(before)

    const { json } = await fleet.run(path, "plan", ...POLICY, "--out", file)
    expect(json.orphans).toEqual([{ host: "e-1", job: "old", instance: 0 }])
    const other = await fleet.deploy(path, "--plan", file, "--parallel", "1")
    expect([other.code, other.json.error.code]).toEqual([7, "STALE_PLAN"])
    const ran = await fleet.deploy(path, "--plan", file)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await fleet.versions(path)).toEqual(Array(4).fill("2 RUNNING"))
    expect((await fleet.run(path, "status")).json.orphans).toEqual([
      { host: "e-1", program: "shop.test.old.0" },
    ])
  })

  test("a rollback goes to the release before", async () => {
    const path = await say("2", { head: ALL_AT_ONCE })
    const { code, json } = await fleet.run(path, "rollback", ...QUICK)
    expect([code, json.counts.changed]).toEqual([0, 4])
    expect(await fleet.versions(path)).toEqual(Array(4).fill("1 RUNNING"))
  })

  test("a rollback to a release that some host lacks touches nothing", async () => {
    const path = await say("5")
    const staged = await fleet.deploy(path, "--stage-only", "--region", "west")
    expect([staged.code, staged.json.counts.skipped]).toEqual([0, 1])
    const before = await fleet.pids(path)
    const { code, json } = await fleet.run(path, "rollback", "5", ...QUICK)
    expect([code, json.error.code]).toEqual([7, "NO_FORMER_RELEASE"])
    for (const host of ["e-1", "e-2", "n-1"]) expect(json.error.message).toContain(host)
    expect(json.error.message).not.toContain("w-1")
    expect(await fleet.pids(path)).toEqual(before)
  })

  test("a release that dies while it is watched is put back, and no other task is touched", async () => {
    const path = await say("4")
    const before = await fleet.pids(path)
    const watched = ["--yes", "--min-healthy", "1s", "--bake", "30s", "--on-failure", "revert"]
    const { code, json } = await fleet.run(path, "deploy", ...watched)
    expect([code, json.reverted]).toEqual([9, 1])
    expect(json.counts).toMatchObject({ failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence).toMatchObject({
      message: expect.stringContaining("it did not stay healthy while it was watched"),
      hint: expect.stringContaining("put back: 1: RUNNING"),
    })
    expect(await fleet.versions(path)).toEqual(Array(4).fill("1 RUNNING"))
    expect(others(await fleet.pids(path))).toEqual(others(before))
    const { json: host } = await fleet.run(path, "rpc", "e-1", "deployment.inspect", "shop", "test", "")
    const [task] = host.answers[0].value.tasks.filter((one: any) => one.job === "say")
    const previous = task.releases.find((one: any) => one.release === task.previous)
    // What a rollback goes to now: not the release that has just been taken away.
    expect(previous.version).toBe("2")
  })

  test("a broken release stops at the canary, and a rollback of that operation mends it", async () => {
    const path = await say("3")
    const before = await fleet.pids(path)
    const { code, json } = await fleet.deploy(path)
    expect(code).toBe(9)
    expect(json.halted).toContain("say.0 on e-1")
    expect(json.counts).toMatchObject({ planned: 4, changed: 0, failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence).toMatchObject({ state: "FATAL", stderr: ["no table"] })
    expect(await fleet.versions(path)).toEqual(["3 FATAL", ...Array(3).fill("1 RUNNING")])
    expect(others(await fleet.pids(path))).toEqual(others(before))

    const back = await fleet.run(path, "rollback", json.operation, "--task", "say.0", ...QUICK)
    expect(back.code, back.stdout + back.stderr).toBe(0)
    expect(await fleet.versions(path)).toEqual(Array(4).fill("1 RUNNING"))
    expect(others(await fleet.pids(path))).toEqual(others(before))
  })

  test("with one task down already, no healthy one is taken below the floor of its region", async () => {
    const path = await say("1")
    expect((await fleet.run(path, "stop", "--task", "say.1", "--yes")).code).toBe(0)
    const before = await fleet.pids(path)
    const short = await fleet.run(path, "restart", "--task", "say.0", "--deadline", "3s", ...QUICK)
    expect(short.code).toBe(9)
    expect(short.json.halted).toContain("1 of 2 tasks of say in east are healthy, and 1 must stay so")
    expect(short.json.counts).toMatchObject({ changed: 0, skipped: 1 })
    expect(await fleet.pids(path)).toEqual(before)
  })

  test("a quorum counts over all regions, and the run goes on when enough are healthy again", async () => {
    const path = await say("1")
    const before = await fleet.pids(path)
    const quorum = ["--region", "west", "--min-available", "quorum", ...QUICK]
    const short = await fleet.run(path, "restart", ...quorum, "--deadline", "3s")
    expect(short.code).toBe(9)
    expect(short.json.halted).toContain("3 of 4 tasks of say are healthy, and 3 must stay so")
    expect(await fleet.pids(path)).toEqual(before)
    expect((await fleet.run(path, "start", "--min-healthy", "1s")).json.counts).toMatchObject({ changed: 1 })
    expect((await fleet.run(path, "restart", ...quorum)).code).toBe(0)
    expect((await fleet.pids(path))["say.2"]).not.toBe(before["say.2"])
  })

  test("a check that never passes fails its task with what it was answered", async () => {
    const { port } = fleet.health
    const path = await say("2", {
      job: `, checks: [{http: {port: ${port}, path: /healthz, body: ready}, interval: 300ms}]`,
    })
    const before = await fleet.pids(path)
    const { code, json } = await fleet.deploy(path, "--deadline", "4s")
    expect(code).toBe(9)
    expect(json.counts).toMatchObject({ failed: 1, skipped: 3 })
    expect(json.outcomes[0].evidence.message).toBe('it runs, and its check fails: HTTP 503: "warming up"')
    expect(json.outcomes[0].evidence.state).toBe("RUNNING")
    expect(others(await fleet.pids(path))).toEqual(others(before))

    fleet.health.healthy = true
    expect((await fleet.deploy(path, "--region", "west")).code).toBe(0)
    expect(await fleet.versions(path)).toEqual(["2 RUNNING", "1 RUNNING", "2 RUNNING", "1 RUNNING"])
  })

  test("an orphan is removed only by --prune", async () => {
    const path = await say("2")
    const kept = await fleet.deploy(path, "--task", "say.0")
    expect([kept.code, kept.json.counts.unchanged]).toEqual([0, 1])
    expect(await fleet.programsOf(path, "e-1")).toContain("shop.test.old.0")
    const pruned = await fleet.deploy(path, "--task", "say.0", "--prune")
    expect(pruned.code, pruned.stdout + pruned.stderr).toBe(0)
    expect(pruned.json.outcomes.map((outcome: any) => [outcome.task, outcome.kind])).toEqual([
      ["say.0", "unchanged"],
      ["old/0@e-1", "changed"],
    ])
    expect(await fleet.programsOf(path, "e-1")).not.toContain("shop.test.old.0")
    expect((await fleet.run(path, "plan", "--task", "say.0")).json.orphans).toEqual([])
  })

  test("cleanup needs stopped tasks and the cluster's name, and keeps the data unless told", async () => {
    const path = await say("2")
    const task = join(fleet.root("n-1"), "tasks", "shop", "test", "say", "0")
    const before = await fleet.pids(path)
    const running = await fleet.run(path, "cleanup", "--confirm", "test")
    expect([running.code, running.json.error.code]).toEqual([7, "STILL_RUNNING"])
    expect(await fleet.pids(path)).toEqual(before)

    expect((await fleet.run(path, "stop", "--yes")).code).toBe(0)
    const unasked = await fleet.run(path, "cleanup")
    const wrong = await fleet.run(path, "cleanup", "--confirm", "shop")
    expect([unasked.code, wrong.code]).toEqual([5, 5])
    expect(await readdir(join(task, "releases"))).not.toEqual([])

    const releases = await fleet.run(path, "cleanup", "--confirm", "test")
    expect([releases.code, releases.json.counts.changed]).toEqual([0, 4])
    expect(await readdir(join(task, "releases"))).toEqual([])
    expect(await readFile(join(task, "log", "stdout.log"), "utf8")).toContain("version 2")
    expect((await fleet.run(path, "cleanup", "--data", "--confirm", "test")).code).toBe(0)
    await expect(readdir(task)).rejects.toThrow("ENOENT")
  })
})

/** All but the canary. */
function others({ "say.0": _, ...rest }: Record<string, number>): Record<string, number> {
  return rest
}
