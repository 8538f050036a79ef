import { describe, expect, test } from "vitest"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../src/cluster/defaults.js"
import type { Task } from "../../src/model/cluster.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { definitionLines } from "../../src/plan/definition.js"
import type { DeployAction, DeployStep } from "../../src/plan/deploy-plan.js"
import { planRollout } from "../../src/plan/rollout-plan.js"
import { PLAIN } from "../../src/report/palette.js"
import { type Planned, planLines, planReport } from "../../src/report/plan-report.js"
import { clusterOf, deployedAs, deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"
import { skipped, unreachable } from "./outcomes.js"

const identity = { name: "shop", version: "2.0.0", sha256: "2".repeat(64) }
const to = release({ package: identity, process: SETTINGS, ...PLAIN_RELEASE })
const slower = release({ package: identity, process: { ...SETTINGS, startsecs: 5 }, ...PLAIN_RELEASE })
const TASKS = deployedTasksOn([
  ...["web-01", "web-02", "web-03"].map(name => fakeHost(name)),
  fakeHost("fra-01", "west"),
])
const step = (n: number, action: DeployAction, from?: DeployStep["from"], release = to): DeployStep => ({
  task: TASKS[n]!,
  action,
  ...(from ? { from } : {}),
  to: release,
  release,
})
const old = deployedAs(["1111111111111111 1.0.0"], {
  definition: definitionLines({ ...to, package: { ...identity, version: "1.0.0", sha256: "1".repeat(64) } }),
})
const PACKAGE_DIFF = ["- package: shop 1.0.0 (111111111111)", "+ package: shop 2.0.0 (222222222222)"]
const STEPS = [
  step(0, "update", old),
  step(1, "update", old),
  step(2, "none", deployedAs([`${to.id} 2.0.0`])),
  step(3, "install"),
]

describe("a plan as JSON", () => {
  test("has a step for each task, with what it runs and what it will run", () => {
    const report = planReport("plan", planned(STEPS), [])
    expect(report).toMatchObject({ schema: 1, command: "plan", dryRun: true, ok: true, exitCode: 0 })
    expect(report.steps.map(({ task, action }) => `${task} ${action}`)).toEqual([
      "web.0 update",
      "web.1 update",
      "web.2 none",
      "web.3 install",
    ])
    expect(report.steps[0]).toEqual({
      task: "web.0",
      host: "web-01",
      region: "east",
      action: "update",
      from: { release: "1111111111111111", version: "1.0.0" },
      to: { release: to.id, version: "2.0.0" },
      diff: PACKAGE_DIFF,
    })
    expect(report.steps[3]).not.toHaveProperty("from")
    expect(report.steps[3]?.diff).toEqual([])
  })

  test("has the waves, the least time in seconds, the warnings and the orphans", () => {
    const orphan = { host: TASKS[1]!.host, deployed: deployedAs(["9 0.1.0"], { job: "cache", instance: 2 }) }
    const report = planReport("plan", planned(STEPS, { warnings: ["mind the gap"], orphans: [orphan] }), [])
    expect(report.waves.map(({ wave, region, tasks }) => ({ wave, region, tasks }))).toEqual([
      { wave: 1, region: "east (canary)", tasks: ["web.0"] },
      { wave: 2, region: "east", tasks: ["web.1"] },
      { wave: 3, region: "west", tasks: ["web.3"] },
    ])
    expect(report.leastSeconds).toBe(3 * 10 + 15 + 2 * 30)
    expect(report.warnings).toEqual(["mind the gap"])
    expect(report.orphans).toEqual([{ host: "web-02", job: "cache", instance: 2 }])
  })

  test.each([
    ["a dead host", [unreachable("web.0 web-01"), skipped("web.1 web-02")], 7],
    ["a disk that is full", [skipped("web.0 web-01")], 7],
    ["a refused password", [unreachable("web.0 web-01", "unauthorized"), skipped("web.1 web-02")], 5],
  ])("that could not begin for %s says why, and exits so", (_, outcomes, exitCode) => {
    const report = planReport("deploy", planned(STEPS, { refused: "why" }), outcomes)
    expect(report).toMatchObject({ ok: false, exitCode, refused: "why" })
  })
})

describe("a plan on the screen", () => {
  test("shows steps, differences once, waves, orphans, warnings, and why it could not begin", () => {
    const lines = planLines(
      planned([step(0, "update", old), step(1, "update", old), step(3, "update", old, slower)], {
        warnings: ["mind the gap"],
        orphans: [{ host: TASKS[1]!.host, deployed: deployedAs(["9 0.1.0"], { job: "cache" }) }],
        refused: "nothing was touched: why",
      }),
      PLAIN,
      100,
    )
    expect(lines.slice(lines.indexOf("web.[0-1]:"))).toEqual([
      "web.[0-1]:",
      ...PACKAGE_DIFF.map(line => `  ${line}`),
      "web.3:",
      `  ${PACKAGE_DIFF[0]}`,
      "  - startsecs: 1",
      `  ${PACKAGE_DIFF[1]}`,
      "  + startsecs: 5",
      "WAVE  JOB  REGION         AT ONCE  LOWEST  TASKS",
      "1     web  east (canary)  1        2 of 3  web.0",
      "2     web  east           1        2 of 3  web.1",
      "3     web  west           1        0 of 1  web.3",
      "takes at least 0:01:45",
      "- cache/0 0.1.0 on web-02 is no longer in the file; --prune removes it",
      "warning: mind the gap",
      "nothing was touched: why",
    ])
  })

  test("lets nothing that an agent says reach the terminal as it is", () => {
    const evil = deployedAs(["1111111111111111 \x1b[2J"], { job: "\x1b[2J", definition: ["\x1b[2J"] })
    const plan = planned([step(0, "update", evil)], {
      orphans: [{ host: TASKS[0]!.host, deployed: evil }],
      warnings: ["the agent on web-01 is minos \x1b[2J"],
    })
    expect(planLines(plan, PLAIN, 100).join("")).not.toContain("\x1b")
  })

  test("says that all is unchanged", () => {
    const lines = planLines(planned([step(0, "none", old)]), PLAIN, 100)
    expect(lines.at(-1)).toBe("1 task: 1 unchanged")
  })
})

function planned(steps: readonly DeployStep[], given: Partial<Planned> = {}): Planned {
  const tasks = steps.filter(({ action }) => action !== "none").map(({ task }): Task => task)
  return {
    cluster: clusterOf(TASKS),
    steps,
    plan: planRollout({
      verb: "deploy",
      tasks,
      all: TASKS,
      condition: () => "stale",
      policy: DEFAULT_CLUSTER_POLICY,
      jobPolicy: () => DEFAULT_JOB_POLICY,
      production: false,
    }),
    refused: undefined,
    warnings: [],
    orphans: [],
    ...given,
  }
}
