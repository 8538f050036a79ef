import { describe, expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { planDeploy, planRollback } from "../../src/plan/deploy-plan.js"
import { type DeployOptions, deploy, deployPlan } from "../../src/run/deploy.js"
import { survey } from "../../src/run/survey.js"
import { clusterOf, deployedAs, deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"
import { type SimulatedAgentOptions, simulatedAgent } from "../support/simulated-agent.js"
import { inWords, simulatedFleet } from "../support/simulated-fleet.js"
import type { SimulatedHostOptions } from "../support/simulated-host.js"
import { type Given, LIMITS, runOptions, toldOutcomes } from "./run-options.js"

const TASKS = deployedTasksOn(["a-1", "a-2", "b-1"].map(name => fakeHost(name, name[0])))
const PROGRAM = TASKS[0]!.program
const NEW = release({
  package: { name: "shop", version: "2.0.0", sha256: "2".repeat(64) },
  process: SETTINGS,
  ...PLAIN_RELEASE,
})
const OLD = release({
  package: { name: "shop", version: "1.0.0", sha256: "1".repeat(64) },
  process: SETTINGS,
  ...PLAIN_RELEASE,
})
const OLDER = release({
  package: { name: "shop", version: "0.9.0", sha256: "0".repeat(64) },
  process: SETTINGS,
  ...PLAIN_RELEASE,
})

type Release = typeof NEW
const name = ({ id, package: { version } }: Release): string => `${id} ${version}`

/** A host that runs a release already, and keeps others. */
const runs = (current: Release, ...kept: readonly Release[]): HostOptions => ({
  programs: [{ name: PROGRAM, state: "RUNNING" }],
  tasks: [deployedAs([current, ...kept].map(name))],
})
/** What a host's program does that does not stay up with the new release. */
const breaks = { program: (id: string) => (id === NEW.id ? { lives: [100] } : {}) }
const STAGING = ["upload", "prepare web 0"]
const activates = (...releases: readonly Release[]): readonly string[] =>
  releases.map(({ id }) => `activate web 0 ${id}`)
const ALL = [...STAGING, ...activates(NEW)]
const SPENT = (task: string): string => `the run stopped after ${task} went wrong`

describe("deploy", () => {
  test("installs on hosts that have nothing", async () => {
    const { words, done, ran } = await deployTo({})
    expect(words).toEqual(TASKS.map(() => "changed 2.0.0: RUNNING, pid 101"))
    expect(done).toEqual({ "a-1": ALL, "a-2": ALL, "b-1": ALL })
    expect(ran).toEqual({ outcomes: ran.outcomes })
  })

  test("leaves alone what runs the right release, and updates the rest", async () => {
    const { words, done, told } = await deployTo({ "a-1": runs(NEW), "a-2": runs(OLD) })
    expect(words).toEqual([
      "unchanged runs this release",
      "changed 2.0.0: RUNNING, pid 101 (was 100)",
      "changed 2.0.0: RUNNING, pid 101",
    ])
    expect(done).toEqual({ "a-1": [], "a-2": ALL, "b-1": ALL })
    expect(told).toHaveLength(3)
  })

  test("has nothing to do a second time", async () => {
    const { words, done } = await deployTo({ "a-1": runs(NEW), "a-2": runs(NEW), "b-1": runs(NEW) })
    expect(words).toEqual(TASKS.map(() => "unchanged runs this release"))
    expect(done).toEqual({ "a-1": [], "a-2": [], "b-1": [] })
  })

  test("starts the right release where it does not run", async () => {
    const down: HostOptions = { ...runs(NEW), programs: [{ name: PROGRAM, state: "STOPPED" }] }
    const { words, done } = await deployTo({ "a-1": down, "a-2": runs(NEW), "b-1": runs(NEW) })
    expect(words[0]).toBe("changed 2.0.0: RUNNING, pid 101")
    expect(done["a-1"]).toEqual(ALL)
  })

  test("has staged everywhere before it activates anywhere, and then goes task by task", async () => {
    const { log } = await deployTo({})
    expect(
      log
        .slice(0, 6)
        .map(line => line.split(" ")[1])
        .sort(),
    ).toEqual([...Array(3).fill("prepare"), ...Array(3).fill("upload")])
    expect(log.slice(6)).toEqual(["a-1:", "a-2:", "b-1:"].map(host => `${host} activate web 0 ${NEW.id}`))
  })

  test("sends the package to no more hosts at once than it may", async () => {
    const { log } = await deployTo({}, { stageFanOut: 1 })
    const staging = log.slice(0, 6)
    expect(staging).toEqual(["a-1", "b-1", "a-2"].flatMap(host => STAGING.map(step => `${host}: ${step}`)))
  })

  test("says how far staging is", async () => {
    expect((await deployTo({})).said).toEqual(["staging 1/3", "staging 2/3", "staging 3/3"])
  })

  test("carries on only when a task is healthy: the canary is up before the next is activated", async () => {
    const { events } = await deployTo({})
    const order = events.flatMap(event =>
      event.kind === "dispatched"
        ? [`${event.task.name} began`]
        : event.kind === "outcome"
          ? [event.outcome.task]
          : [],
    )
    expect(order).toEqual(["web.0 began", "web.0", "web.1 began", "web.1", "web.2 began", "web.2"])
  })
})

describe("a stage that fails", () => {
  test("touches no process when one host cannot make the release", async () => {
    const { words, ran, done, changes } = await deployTo({
      "a-1": runs(OLD),
      "b-1": { cannotPrepare: "the disk is full" },
    })
    expect(ran.refused).toBe("nothing was touched: 1 of 3 hosts could not be prepared")
    expect(words).toEqual([
      `skipped ${ran.refused}`,
      `skipped ${ran.refused}`,
      "failed make the release failed: the disk is full",
    ])
    expect(done).toEqual({ "a-1": STAGING, "a-2": STAGING, "b-1": STAGING })
    expect(changes).toEqual([])
  })

  test("touches no process when one host does not take the package", async () => {
    const { words, ran } = await deployTo({ "a-1": { agentTrouble: { upload: ["refused"] } } })
    expect(ran.refused).toBeDefined()
    expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["unreachable", "skipped", "skipped"])
    expect(words[0]).toBe("unreachable refused")
  })

  test("is never an unknown outcome", async () => {
    const { words } = await deployTo({ "a-1": { agentTrouble: { prepare: ["lost", "hang"] } } })
    expect(words[0]).toBe("unreachable timeout")
  })

  test("keeps the outcomes that are known without it", async () => {
    const { words } = await deployTo({ "a-1": runs(NEW), "a-2": { cannotPrepare: "no" } })
    expect(words.map(text => text.split(" ")[0])).toEqual(["unchanged", "failed", "skipped"])
  })

  test("changes nothing when the operator stops it while packages are sent", async () => {
    const { ran, log } = await deployTo({}, { stageFanOut: 1, stopAt: "staging 1/3" })
    expect(ran.refused).toBeDefined()
    expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["skipped", "skipped", "skipped"])
    expect(log).toEqual(STAGING.map(step => `a-1: ${step}`))
  })
})

test("--stage-only prepares every host and touches no process", async () => {
  const { words, ran, done } = await deployTo({ "a-1": runs(NEW), "a-2": runs(OLD) }, { stageOnly: true })
  expect(ran.refused).toBeUndefined()
  expect(words).toEqual([
    "unchanged runs this release",
    "skipped prepared only, as --stage-only says",
    "skipped prepared only, as --stage-only says",
  ])
  expect(done).toEqual({ "a-1": [], "a-2": STAGING, "b-1": STAGING })
})

describe("an activation", () => {
  test.each<[string, SimulatedAgentOptions["trouble"], string]>([
    ["carries on when its answer is lost", { activate: ["lost", "ok"] }, "changed 2.0.0"],
    [
      "carries on when an agent is silent for a moment",
      { operation: ["refused", "lost", "ok"] },
      "changed 2.0.0",
    ],
    [
      "is not known when its agent is gone after it",
      { operation: ["refused"] },
      "unreachable refused (unknown)",
    ],
    [
      "is not known when its answer is lost and then its agent is gone",
      { activate: ["lost", "refused"] },
      "unreachable refused (unknown)",
    ],
    ["is known not to have happened when it never left", { activate: ["refused"] }, "unreachable refused"],
    ["says why it was refused", { activate: [{ fault: 200 }] }, "failed FAULT_200"],
  ])("%s", async (_, agentTrouble, words) => {
    const [first] = (await deployTo({ "a-1": { agentTrouble } })).words
    expect(first).toMatch(words)
    expect(first?.endsWith("(unknown)")).toBe(words.endsWith("(unknown)"))
  })

  test("happens once even when its answer is lost", async () => {
    const { done } = await deployTo({ "a-1": { agentTrouble: { activate: ["lost", "lost", "ok"] } } })
    expect(done["a-1"]).toEqual(ALL)
  })
})

describe("a release that does not stay up", () => {
  test("stops at the canary and leaves the others as they are", async () => {
    const { words, ran, done } = await deployTo({ "a-1": breaks, "b-1": runs(OLD) })
    expect(ran.refused).toBeUndefined()
    expect(ran.halted).toBe(SPENT("web.0 on a-1"))
    expect(words).toEqual([
      "failed the program does not stay up: FATAL",
      `skipped ${SPENT("web.0 on a-1")}`,
      `skipped ${SPENT("web.0 on a-1")}`,
    ])
    expect(done).toEqual({ "a-1": ALL, "a-2": STAGING, "b-1": STAGING })
  })

  test("is put back on each task to the release that one had", async () => {
    const hosts = { "a-1": runs(OLD), "a-2": runs(OLDER), "b-1": { ...runs(OLD), ...breaks } }
    const { words, ran, done } = await deployTo(hosts, { onFailure: "revert" })
    expect(ran).toMatchObject({ halted: SPENT("web.2 on b-1"), reverted: 3 })
    expect(done).toEqual({
      "a-1": [...STAGING, ...activates(NEW, OLD)],
      "a-2": [...STAGING, ...activates(NEW, OLDER)],
      "b-1": [...STAGING, ...activates(NEW, OLD)],
    })
    expect(words).toEqual([
      "changed put back: 1.0.0: RUNNING, pid 101 (was 100)",
      "changed put back: 0.9.0: RUNNING, pid 101 (was 100)",
      "failed the program does not stay up: FATAL",
    ])
    expect(ran.outcomes[2]).toMatchObject({ evidence: { hint: expect.stringMatching(/^put back: 1\.0\.0/) } })
  })

  test("is stopped where there was no release before it", async () => {
    const { words, ran, fleet } = await deployTo({ "a-2": breaks }, { onFailure: "revert" })
    expect(words[0]).toBe("changed put back: stopped: there was no release before")
    expect(ran.reverted).toBe(1)
    expect(fleet.host("a-1").state(PROGRAM)).toBe("STOPPED")
  })

  test("is put back on nothing that was not changed by this run", async () => {
    const hosts = { "a-1": runs(NEW), "a-2": { ...runs(OLD), ...breaks }, "b-1": runs(OLD) }
    const { done } = await deployTo(hosts, { onFailure: "revert" })
    expect(done).toEqual({ "a-1": [], "a-2": [...STAGING, ...activates(NEW, OLD)], "b-1": STAGING })
  })

  test("stays where it was started again only: there is no other release to put back", async () => {
    const down: HostOptions = { ...runs(NEW), programs: [{ name: PROGRAM, state: "STOPPED" }], ...breaks }
    const { words, ran, done } = await deployTo({ "a-1": down }, { onFailure: "revert" })
    expect(words[0]).toBe("failed the program does not stay up: FATAL")
    expect(ran.reverted).toBeUndefined()
    expect(done["a-1"]).toEqual(ALL)
  })

  test("names a task that could not be put back", async () => {
    const stuck = { ...runs(OLD), program: () => ({ lives: [100] }) }
    const hosts = { "a-1": stuck, "a-2": runs(NEW), "b-1": runs(NEW) }
    const { words, ran } = await deployTo(hosts, { onFailure: "revert" })
    expect(words[0]).toBe("failed could not be put back: the program does not stay up: FATAL")
    expect(ran.reverted).toBeUndefined()
  })
})

describe("a rollback", () => {
  test("goes to the release before through the same waves, and stages nothing", async () => {
    const hosts = Object.fromEntries(["a-1", "a-2", "b-1"].map(host => [host, runs(NEW, OLD)]))
    const { words, log } = await deployTo(hosts, { rollback: true })
    expect(words).toEqual(TASKS.map(() => "changed 1.0.0: RUNNING, pid 101 (was 100)"))
    expect(log).toEqual(["a-1", "a-2", "b-1"].map(host => `${host}: activate web 0 ${OLD.id}`))
  })

  test("that does not come up is put back to what ran", async () => {
    const program = (id: string) => (id === OLD.id ? { lives: [100] } : {})
    const hosts = Object.fromEntries(
      ["a-1", "a-2", "b-1"].map(host => [host, { ...runs(NEW, OLD), program }]),
    )
    const { done, ran } = await deployTo(hosts, { rollback: true, onFailure: "revert" })
    expect(done).toEqual({ "a-1": activates(OLD, NEW), "a-2": [], "b-1": [] })
    expect(ran.reverted).toBe(1)
  })
})

test("a deploy leaves out a host that does not answer", async () => {
  const { ran, done } = await deployTo({ "a-1": { agentTrouble: { inspect: ["hang"] } } })
  expect(ran.outcomes.map(outcome => outcome.kind)).toEqual(["unreachable", "changed", "changed"])
  expect(done["a-1"]).toEqual([])
})

type HostOptions = Omit<SimulatedAgentOptions, "trouble"> &
  Partial<SimulatedHostOptions> & { readonly agentTrouble?: SimulatedAgentOptions["trouble"] }

interface DeployGiven {
  readonly stageFanOut?: number
  readonly stageOnly?: boolean
  /** Ctrl-C when this is said. */
  readonly stopAt?: string
  readonly onFailure?: "stop" | "revert"
  /** To the release before, instead of to the new one. */
  readonly rollback?: boolean
}

/** Looks, plans and deploys; hosts without options have nothing deployed. */
async function deployTo(
  hosts: Readonly<Record<string, HostOptions>>,
  {
    stageFanOut = 16,
    stageOnly = false,
    stopAt = "",
    onFailure = "stop",
    rollback = false,
  }: DeployGiven = {},
) {
  const optionsOf = (host: string): HostOptions => hosts[host] ?? {}
  const names = TASKS.map(task => task.host.name)
  const fleet = simulatedFleet(
    TASKS,
    Object.fromEntries(names.map(host => [host, { programs: [], ...optionsOf(host) }])),
  )
  const log: string[] = []
  const agents = new Map(
    names.map(host => {
      const { agentTrouble: trouble = {}, ...options } = optionsOf(host)
      const told = (what: string) => void log.push(`${host}: ${what}`)
      return [host, simulatedAgent(fleet.clock, fleet.host(host), { ...options, trouble }, told)]
    }),
  )
  const cluster = clusterOf(TASKS)
  // Most tests have a region of one or two tasks, of which none is healthy before.
  const given: Given = { policy: { onFailure }, jobPolicy: { minAvailable: { kind: "count", count: 0 } } }
  const { options: run, events } = runOptions(fleet, given)
  const said: string[] = []
  const options: DeployOptions = {
    ...run,
    effects: { ...fleet.effects, agent: host => agents.get(host.name)! },
    cluster,
    operation: "d-20261122-101500-x7f2",
    stageFanOut,
    stageOnly,
    staged: rollback,
    say: text => {
      said.push(text)
      if (text === stopAt) fleet.stopNow()
    },
  }
  const found = await survey(TASKS, cluster, NEW.package.sha256, options.effects, LIMITS)
  const steps = rollback
    ? planRollback(TASKS, undefined, found.before).steps
    : planDeploy(TASKS, (_: Task) => NEW, found.before)
  const plan = deployPlan(rollback ? "rollback" : "deploy", steps, found, TASKS, options)
  const ran = await deploy(steps, plan, found, options)
  return {
    ran,
    words: ran.outcomes.map(inWords),
    done: Object.fromEntries([...agents].map(([host, agent]) => [host, agent.done])),
    log,
    said,
    events,
    told: toldOutcomes(events),
    changes: fleet.changes(),
    fleet,
  }
}
