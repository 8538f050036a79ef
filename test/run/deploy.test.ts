import { describe, expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Outcome } from "../../src/model/outcome.js"
import { release } from "../../src/model/release.js"
import { planDeploy } from "../../src/plan/deploy-plan.js"
import { type DeployOptions, deploy, deployBlocker, refuseDeploy, survey } from "../../src/run/deploy.js"
import { clusterOf, deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions } from "../support/simulated-host.js"

const TASKS = deployedTasksOn(["a-1", "a-2", "b-1"].map(name => fakeHost(name, name[0])))
const PROGRAM = TASKS[0]!.program
const NEW = release({ name: "shop", version: "2.0.0", sha256: "2".repeat(64) }, SETTINGS)
const OLD = release({ name: "shop", version: "1.0.0", sha256: "1".repeat(64) }, SETTINGS)

/** A host that runs a release already. */
const runs = ({ id, package: { version } }: typeof NEW): HostOptions => ({
  programs: [{ name: PROGRAM, state: "RUNNING" }],
  tasks: [{ job: "web", instance: 0, release: id, version }],
})
const STAGING = ["upload", "prepare web 0"]
const ALL = [...STAGING, "activate web 0"]

describe("deploy", () => {
  test("installs on hosts that have nothing", async () => {
    const { outcomes, done } = await deployTo({})
    expect(outcomes.map(inWords)).toEqual(TASKS.map(() => "changed 2.0.0: RUNNING, pid 101"))
    expect(done).toEqual({ "a-1": ALL, "a-2": ALL, "b-1": ALL })
  })

  test("leaves alone what runs the right release, and updates the rest", async () => {
    const { outcomes, done, followed } = await deployTo({ "a-1": runs(NEW), "a-2": runs(OLD) })
    expect(outcomes.map(inWords)).toEqual([
      "unchanged runs this release",
      "changed 2.0.0: RUNNING, pid 101 (was 100)",
      "changed 2.0.0: RUNNING, pid 101",
    ])
    expect(done).toEqual({ "a-1": [], "a-2": ALL, "b-1": ALL })
    expect(followed).toHaveLength(3)
  })

  test("touches no process when one host cannot make the release", async () => {
    const { outcomes, refused, done } = await deployTo({
      "b-1": { cannotPrepare: "the disk is full" },
    })
    expect(refused).toBe("nothing was touched: 1 of 3 hosts could not be prepared")
    expect(outcomes.map(inWords)).toEqual([
      `skipped ${refused}`,
      `skipped ${refused}`,
      "failed make the release failed: the disk is full",
    ])
    expect(done).toEqual({ "a-1": STAGING, "a-2": STAGING, "b-1": STAGING })
  })

  test("touches no process when one host does not take the package", async () => {
    const { outcomes, refused } = await deployTo({ "a-1": { agentTrouble: { upload: ["refused"] } } })
    expect(refused).toBeDefined()
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["unreachable", "skipped", "skipped"])
    expect(inWords(outcomes[0]!)).toBe("unreachable refused")
  })

  test("never takes a release that was only prepared for an unknown outcome", async () => {
    const { outcomes } = await deployTo({ "a-1": { agentTrouble: { prepare: ["lost", "hang"] } } })
    expect(inWords(outcomes[0]!)).toBe("unreachable timeout")
  })

  test("stops at the first task that does not come up", async () => {
    const { outcomes, refused, done } = await deployTo({
      "a-1": { program: { lives: [100] } },
      "b-1": runs(OLD),
    })
    expect(refused).toBeUndefined()
    expect(outcomes.map(inWords)).toEqual([
      "failed the program does not stay up: FATAL",
      "skipped the run stopped after web.0 on a-1 went wrong",
      "skipped the run stopped after web.0 on a-1 went wrong",
    ])
    expect(done).toEqual({ "a-1": ALL, "a-2": STAGING, "b-1": STAGING })
  })

  test.each<[string, SimulatedAgentOptions["trouble"], string]>([
    ["carries on when the answer to an activation is lost", { activate: ["lost", "ok"] }, "changed 2.0.0"],
    [
      "carries on when an agent is silent for a moment",
      { operation: ["refused", "lost", "ok"] },
      "changed 2.0.0",
    ],
    [
      "does not know what became of an activation when its agent is gone after it",
      { operation: ["refused"] },
      "unreachable refused (unknown)",
    ],
    [
      "does not know what became of an activation whose answer is lost when its agent is gone",
      { activate: ["lost", "refused"] },
      "unreachable refused (unknown)",
    ],
    [
      "knows that nothing happened when an activation never left",
      { activate: ["refused"] },
      "unreachable refused",
    ],
    ["says why an activation was refused", { activate: [{ fault: 200 }] }, "failed FAULT_200"],
  ])("%s", async (_, agentTrouble, words) => {
    const { outcomes } = await deployTo({ "a-1": { agentTrouble } })
    expect(inWords(outcomes[0]!)).toMatch(words)
    expect(inWords(outcomes[0]!).endsWith("(unknown)")).toBe(words.endsWith("(unknown)"))
  })

  test("activates once even when an answer is lost", async () => {
    const { done } = await deployTo({ "a-1": { agentTrouble: { activate: ["lost", "lost", "ok"] } } })
    expect(done["a-1"]).toEqual(ALL)
  })

  test("changes nothing when the operator stops it while packages are sent", async () => {
    const { outcomes, refused } = await deployTo({}, { stageFanOut: 1, stopAt: "staging 1/3" })
    expect(refused).toBeDefined()
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "skipped", "skipped"])
  })

  test("leaves out a host that does not answer", async () => {
    const { outcomes, found } = await deployTo({ "a-1": { agentTrouble: { inspect: ["hang"] } } })
    expect(deployBlocker(found, 0)).toBe("nothing was touched: 1 host cannot be deployed to")
    expect(deployBlocker(found, 1)).toBeUndefined()
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["unreachable", "changed", "changed"])
  })

  test("says of a stock supervisord that it needs an agent", async () => {
    const { found } = await deployTo({ "a-2": { agentTrouble: { inspect: [{ fault: 1 }] } } })
    const why = deployBlocker(found, 0)!
    const outcomes = refuseDeploy(TASKS, found, why)
    expect(outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "unreachable", "skipped"])
    expect(outcomes[1]).toMatchObject({
      failure: {
        message: expect.stringContaining("stock supervisord"),
        hint: expect.stringContaining("agent"),
      },
      unknown: false,
    })
  })

  test("tells an agent the time by its own clock", async () => {
    const { found, clock } = await deployTo({})
    expect(found.agentNow(TASKS[0]!.host)).toBeCloseTo(1_700_000_000 + clock.now() / 1_000, 3)
  })
})

type HostOptions = Omit<SimulatedAgentOptions, "trouble"> &
  Partial<SimulatedHostOptions> & { readonly agentTrouble?: SimulatedAgentOptions["trouble"] }

/** Looks, plans and deploys; hosts without options have nothing deployed. */
async function deployTo(
  hosts: Readonly<Record<string, HostOptions>>,
  { stageFanOut = 16, stopAt = "" } = {},
) {
  const optionsOf = (name: string): HostOptions => hosts[name] ?? {}
  const names = TASKS.map(task => task.host.name)
  const fleet = simulatedFleet(
    TASKS,
    Object.fromEntries(names.map(name => [name, { programs: [], ...optionsOf(name) }])),
  )
  const agents = new Map(
    names.map(name => {
      const { agentTrouble: trouble, ...options } = optionsOf(name)
      return [name, simulatedAgent(fleet.clock, fleet.host(name), { ...options, trouble: trouble ?? {} })]
    }),
  )
  const cluster = clusterOf(TASKS)
  const followed: Outcome[] = []
  const options: DeployOptions = {
    effects: { ...fleet.effects, agent: host => agents.get(host.name)! },
    limits: { total: 10, perRegion: 10 },
    patience: { deadline: 20_000, minHealthy: 2_000 },
    follow: outcome => followed.push(outcome),
    parallel: 1,
    skipUnreachable: 1,
    cluster,
    operation: "d-20261122-101500-x7f2",
    stageFanOut,
    say: text => {
      if (text === stopAt) fleet.stopNow()
    },
  }
  const found = await survey(TASKS, cluster, NEW.package.sha256, options.effects, options.limits)
  const steps = planDeploy(TASKS, (_: Task) => NEW, found.before)
  const { outcomes, refused } = await deploy(steps, found, options)
  const done = Object.fromEntries([...agents].map(([name, agent]) => [name, agent.done]))
  return { outcomes, refused, done, found, followed, clock: fleet.clock }
}
