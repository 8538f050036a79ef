import { describe, expect, test } from "vitest"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../src/cluster/defaults.js"
import type { ClusterPolicy, JobPolicy } from "../../src/model/policy.js"
import { planRollout, type RolloutPlan } from "../../src/plan/rollout-plan.js"
import { rolloutLines, waveRows } from "../../src/report/rollout-text.js"
import { fakeHost, tasksOn } from "../support/fleet.js"

const HOSTS = ["a-1", "a-2", "a-3", "a-4", "b-1", "b-2", "c-1", "c-2"].map(name => fakeHost(name, name[0]))
const TASKS = tasksOn(HOSTS)
const plain = (text: string): string => text

describe("the waves of a plan", () => {
  test("are rows with what is least at the worst moment, and how long it takes", () => {
    expect(rolloutLines(planned(), 100, plain)).toEqual([
      "WAVE  JOB  REGION      AT ONCE  LOWEST  TASKS",
      "1     web  a (canary)  1        3 of 4  web.0",
      "2     web  a           1        3 of 4  web.[1-3]",
      "3     web  b           1        1 of 2  web.[4-5]",
      "4     web  c           1        1 of 2  web.[6-7]",
      "takes at least 0:03:05",
    ])
  })

  test("lose columns on a narrow terminal, and never their tasks", () => {
    const lines = rolloutLines(planned(), 32, plain)
    expect(lines[0]).toBe("WAVE  JOB  REGION      TASKS")
    expect(lines[2]).toBe("2     web  a           web.[1-3]")
  })

  test("are no lines where nothing is to do", () => {
    expect(rolloutLines(planned({}, {}, []), 100, plain)).toEqual([])
  })

  test.each<[string, Partial<JobPolicy>, Partial<ClusterPolicy>, readonly string[]]>([
    [
      "the window says how many are away",
      { maxParallel: { kind: "count", count: 2 }, minAvailable: { kind: "count", count: 0 } },
      {},
      ["a 3 of 4", "a 2 of 4", "b 0 of 2", "c 0 of 2"],
    ],
    [
      "the floor holds where the window would go below it",
      { maxParallel: { kind: "percent", percent: 100 } },
      {},
      ["a 3 of 4", "a 2 of 4", "b 1 of 2", "c 1 of 2"],
    ],
    [
      "a quorum is over all regions",
      { minAvailable: { kind: "quorum" } },
      {},
      ["a 7 of 8", "a 7 of 8", "b 7 of 8", "c 7 of 8"],
    ],
    [
      "regions that are changed side by side count together for a quorum",
      { minAvailable: { kind: "quorum" } },
      { maxParallelRegions: 2, waves: [["*"]] },
      ["a 6 of 8", "b 6 of 8", "c 6 of 8"],
    ],
  ])("%s", (_, jobPolicy, policy, lowest) => {
    const rows = waveRows(planned(jobPolicy, policy))
    expect(rows.map(row => `${row.region[0]} ${row.lowest} of ${row.of}`)).toEqual(lowest)
  })

  test("have every task in exactly one row", () => {
    const tasks = waveRows(planned({}, { waves: [["b"], ["*"]] })).flatMap(row => row.tasks)
    expect([...tasks].sort()).toEqual(TASKS.map(task => task.name))
  })
})

function planned(
  jobPolicy: Partial<JobPolicy> = {},
  policy: Partial<ClusterPolicy> = {},
  tasks = TASKS,
): RolloutPlan {
  return planRollout({
    verb: "deploy",
    tasks,
    all: TASKS,
    condition: () => "stale",
    policy: { ...DEFAULT_CLUSTER_POLICY, ...policy },
    jobPolicy: () => ({ ...DEFAULT_JOB_POLICY, ...jobPolicy }),
    production: false,
  })
}
