import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { DEFAULT_CLUSTER_POLICY, DEFAULT_JOB_POLICY } from "../../src/cluster/defaults.js"
import type { Job, Task } from "../../src/model/cluster.js"
import type { ClusterPolicy, Floor, JobPolicy, Share } from "../../src/model/policy.js"
import {
  type Condition,
  leastTime,
  planRollout,
  type RolloutInput,
  type RolloutPlan,
  type RolloutVerb,
  tasksOf,
} from "../../src/plan/rollout-plan.js"
import { fakeHost } from "../support/fleet.js"

const SECOND = 1_000
const count = (count: number) => ({ kind: "count", count }) as const
const percent = (percent: number) => ({ kind: "percent", percent }) as const

describe("waves", () => {
  test.each<[name: string, tasks: string, policy: Partial<ClusterPolicy>, waves: string]>([
    ["one task is the canary", "a", {}, "canary: a0"],
    ["a canary, then the rest of its region", "a a a", {}, "canary: a0 | a: a1 a2"],
    ["then each region in file order", "a a c b c", {}, "canary: a0 | a: a1 | c: c0 c1 | b: b0"],
    ["a region of the canary alone", "a b", {}, "canary: a0 | b: b0"],
    [
      "regions side by side",
      "a a b c d",
      { maxParallelRegions: 2 },
      "canary: a0 | a: a1 | b, c: b0 c0 | d: d0",
    ],
    ["more side by side than there are", "a b c", { maxParallelRegions: 9 }, "canary: a0 | b, c: b0 c0"],
    ["spelled out: no canary", "a b c", { waves: [["b"], ["c", "a"]] }, "b: b0 | c, a: c0 a0"],
    [
      "spelled out: * is all that are left",
      "a b c d",
      { waves: [["c"], ["*"]] },
      "c: c0 | a, b, d: a0 b0 d0",
    ],
    ["spelled out: * among others", "a b c", { waves: [["*", "b"], ["c"]] }, "a, b: a0 b0 | c: c0"],
    ["spelled out: * first", "a b", { waves: [["*"], ["a"]] }, "b: b0 | a: a0"],
    ["spelled out: a region without tasks", "a", { waves: [["x"], ["a", "y"]] }, "a: a0"],
    ["spelled out: what is in no wave goes last", "a b c", { waves: [["b"]] }, "b: b0 | a, c: a0 c0"],
    ["spelled out: a region named twice goes once", "a b", { waves: [["a"], ["b", "a"]] }, "a: a0 | b: b0"],
    ["spelled out: * twice", "a b", { waves: [["*"], ["*"]] }, "a, b: a0 b0"],
  ])("%s", (_, tasks, policy, waves) => {
    expect(inWords(plan(job("web", tasks), { policy }))).toBe(waves)
  })

  test("nothing to do has no wave and takes no time", () => {
    const empty = plan([], {})
    expect(empty.jobs).toEqual([])
    expect(leastTime(empty)).toBe(0)
  })

  test("each share says whether its region is done then", () => {
    const { jobs } = plan(job("web", "a a b"), {})
    const shares = jobs.flatMap(({ waves }) => waves.flatMap(wave => wave.shares))
    expect(shares.map(({ region, completes }) => [region, completes])).toEqual([
      ["a", false],
      ["a", true],
      ["b", true],
    ])
    const [alone] = plan(job("web", "a b"), {}).jobs
    expect(alone?.waves[0]).toMatchObject({ canary: true, shares: [{ region: "a", completes: true }] })
  })
})

describe("order inside a wave", () => {
  test.each<[conditions: string, waves: string]>([
    ["healthy stale broken", "a: a2 a1 a0"],
    ["healthy healthy broken stale", "a: a2 a3 a0 a1"],
    ["stale healthy stale broken broken", "a: a3 a4 a0 a2 a1"],
    ["stale stale stale", "a: a0 a1 a2"],
  ])("%s", (conditions, waves) => {
    const tasks = job("web", conditions.replaceAll(/\w+/g, "a"))
    const of = new Map(tasks.map((task, n) => [task, conditions.split(" ")[n] as Condition]))
    const input = { condition: (task: Task) => of.get(task)!, policy: { waves: [["*"]] } }
    expect(inWords(plan(tasks, input))).toBe(waves)
  })

  test("the canary is a broken task where there is one", () => {
    const tasks = job("web", "a a a")
    const condition = (task: Task): Condition => (task === tasks[2] ? "broken" : "healthy")
    expect(inWords(plan(tasks, { condition }))).toBe("canary: a2 | a: a0 a1")
  })
})

describe("how many at once", () => {
  test.each<[share: Share, tasks: number, parallel: number]>([
    [count(1), 5, 1],
    [count(3), 5, 3],
    [count(9), 5, 9],
    [percent(25), 7, 1],
    [percent(25), 8, 2],
    [percent(50), 5, 2],
    [percent(99), 5, 4],
    [percent(100), 5, 5],
    [percent(1), 5, 1],
  ])("%o of %i tasks is %i", (maxParallel, tasks, parallel) => {
    const own = job("web", Array(tasks).fill("a").join(" "), { maxParallel })
    const [wave] = plan(own, { policy: { waves: [["*"]] } }).jobs[0]!.waves
    expect(wave!.shares[0]!.parallel).toBe(parallel)
  })

  test("is reckoned in each region, from all tasks of the job and not only those that are changed", () => {
    const all = job("web", "a a a a b b", { maxParallel: percent(50) })
    const { jobs } = plan(all.slice(2), { all })
    const shares = jobs[0]!.waves.flatMap(wave => wave.shares)
    expect(shares.map(({ region, parallel }) => [region, parallel])).toEqual([
      ["a", 2],
      ["a", 2],
      ["b", 1],
    ])
  })

  test.each<[share: Share, tasks: number, failures: number]>([
    [count(0), 10, 0],
    [count(3), 10, 3],
    [percent(0), 10, 0],
    [percent(25), 10, 2],
    [percent(5), 10, 0],
  ])("a budget of %o of %i tasks is %i failures", (maxFailures, tasks, failures) => {
    const own = job("web", Array(tasks).fill("a").join(" "))
    expect(plan(own, { policy: { maxFailures } }).maxFailures).toBe(failures)
  })
})

describe("floors", () => {
  test.each<[floor: Floor, tasks: string, floors: string]>([
    [percent(50), "a a a b b", "a 2 of 3, b 1 of 2"],
    [percent(50), "a a b", "a 1 of 2, b 0 of 1"],
    [percent(100), "a a", "a 2 of 2"],
    [percent(0), "a a", "a 0 of 2"],
    [percent(1), "a a a", "a 1 of 3"],
    [count(2), "a a a b b", "a 2 of 3, b 2 of 2"],
    [count(9), "a a a", "a 3 of 3"],
    [{ kind: "quorum" }, "a a b b c", "all 3 of 5"],
    [{ kind: "quorum" }, "a b", "all 2 of 2"],
    [{ kind: "quorum" }, "a", "all 0 of 1"],
  ])("%o of %s", (minAvailable, tasks, floors) => {
    expect(floorsOf(plan(job("web", tasks, { minAvailable }), {}))).toBe(floors)
  })

  test("count tasks that are not changed, too", () => {
    const all = job("web", "a a a a", { minAvailable: percent(50) })
    expect(floorsOf(plan(all.slice(3), { all }))).toBe("a 2 of 4")
  })

  test("are none for a stop, and none are mixed between jobs", () => {
    const tasks = [...job("web", "a a"), ...job("db", "a a")]
    expect(floorsOf(plan(tasks, { verb: "stop" }))).toBe("")
    expect(floorsOf(plan(tasks, { verb: "restart" }))).toBe("a 1 of 2, a 1 of 2")
  })
})

describe("the order of jobs", () => {
  const zookeeper = job("zookeeper", "a")
  const broker = job("broker", "a", { after: ["zookeeper"] })
  const web = job("web", "a", { after: ["broker"] })
  const docs = job("docs", "a")
  const all = [...web, ...broker, ...zookeeper, ...docs]

  test.each<[name: string, tasks: readonly Task[], verb: RolloutVerb, after: Record<string, string[]>]>([
    [
      "forward",
      all,
      "deploy",
      { web: ["broker", "zookeeper"], broker: ["zookeeper"], zookeeper: [], docs: [] },
    ],
    ["backward", all, "stop", { web: [], broker: ["web"], zookeeper: ["web", "broker"], docs: [] }],
    [
      "forward through a job that is not part of it",
      [...web, ...zookeeper],
      "restart",
      { web: ["zookeeper"], zookeeper: [] },
    ],
    [
      "backward through a job that is not part of it",
      [...web, ...zookeeper],
      "stop",
      { web: [], zookeeper: ["web"] },
    ],
    ["alone", web, "start", { web: [] }],
  ])("%s", (_, tasks, verb, after) => {
    const { jobs } = plan(tasks, { all, verb })
    expect(Object.fromEntries(jobs.map(one => [one.job.name, one.after]))).toEqual(after)
  })
})

describe("how long health is watched", () => {
  test.each<[verb: RolloutVerb, production: boolean, policy: Partial<ClusterPolicy>, bakes: number[]]>([
    ["deploy", false, {}, [15, 30]],
    ["deploy", true, {}, [60, 300]],
    ["deploy", true, { bake: 0, bakeRegion: 0 }, [0, 0]],
    ["deploy", false, { bakeRegion: 7 * SECOND }, [15, 7]],
    ["rollback", true, {}, [0, 0]],
    ["restart", true, {}, [0, 0]],
    ["restart", true, { bake: 5 * SECOND }, [5, 0]],
    ["start", true, {}, [0, 0]],
    ["stop", true, { bake: 5 * SECOND, bakeRegion: 5 * SECOND }, [0, 0]],
  ])("%s, production %s, %o", (verb, production, policy, bakes) => {
    const { bake, bakeRegion } = plan(job("web", "a"), { verb, production, policy })
    expect([bake / SECOND, bakeRegion / SECOND]).toEqual(bakes)
  })
})

describe("the least time", () => {
  const own = { minHealthy: 10 * SECOND }
  test.each<[name: string, tasks: readonly Task[], input: Given, seconds: number]>([
    ["one after another", job("web", "a a a", own), { verb: "restart" }, 30],
    [
      "two at once, after the canary",
      job("web", "a a a a", { ...own, maxParallel: count(2) }),
      { verb: "restart" },
      30,
    ],
    ["with the bakes", job("web", "a a b", own), {}, 10 + 15 + 10 + 30 + 10 + 30],
    ["nothing need become healthy", job("web", "a a a", own), { verb: "stop" }, 0],
    [
      "regions of a wave, as each makes room for the next",
      job("web", "a a a b c d", own),
      { verb: "restart", policy: { waves: [["*"]], maxParallelRegions: 2 } },
      30,
    ],
    ["jobs side by side", [...job("web", "a a", own), ...job("db", "a", own)], { verb: "restart" }, 20],
    [
      "jobs one after another",
      [...job("web", "a a", { ...own, after: ["db"] }), ...job("db", "a", own)],
      { verb: "restart" },
      30,
    ],
  ])("%s", (_, tasks, input, seconds) => {
    expect(leastTime(plan(tasks, input)) / SECOND).toBe(seconds)
  })
})

describe("warnings", () => {
  test.each<[name: string, tasks: readonly Task[], input: Given, warnings: string[]]>([
    ["none", job("web", "a a"), {}, []],
    [
      "a single task",
      job("web", "a"),
      {},
      ["web has one task only: it is away while it is changed, whatever minAvailable says"],
    ],
    [
      "a single task in a region",
      job("web", "a a b"),
      {},
      ["web has one task only in b: it is away while it is changed, whatever minAvailable says"],
    ],
    ["a quorum counts all regions", job("web", "a b c", { minAvailable: { kind: "quorum" } }), {}, []],
    [
      "a floor that leaves nothing",
      job("web", "a a", { minAvailable: percent(100) }),
      {},
      ["minAvailable keeps all 2 tasks of web: no healthy one can be changed"],
    ],
    ["a single task that is started", job("web", "a"), { verb: "start" }, []],
    ["a single task that is stopped", job("web", "a"), { verb: "stop" }, []],
  ])("%s", (_, tasks, input, warnings) => {
    expect(plan(tasks, input).warnings).toEqual(warnings)
  })
})

describe("any plan", () => {
  const regions = fc.constantFrom("a", "b", "c", "d")
  const share: fc.Arbitrary<Share> = fc.oneof(
    fc.integer({ min: 1, max: 5 }).map(count),
    fc.integer({ min: 1, max: 100 }).map(percent),
  )
  const waves = fc.option(fc.array(fc.array(fc.oneof(regions, fc.constant("*")), { minLength: 1 })), {
    nil: undefined,
  })
  const plans = fc
    .record({
      jobs: fc.array(fc.record({ regions: fc.array(regions, { maxLength: 12 }), maxParallel: share }), {
        maxLength: 3,
      }),
      planned: fc.array(fc.boolean(), { minLength: 36, maxLength: 36 }),
      conditions: fc.array(fc.constantFrom<Condition>("broken", "stale", "healthy"), {
        minLength: 36,
        maxLength: 36,
      }),
      waves,
      maxParallelRegions: fc.integer({ min: 1, max: 4 }),
      verb: fc.constantFrom<RolloutVerb>("deploy", "stop"),
    })
    .map(({ jobs, planned, conditions, verb, ...policy }) => {
      const all = jobs.flatMap((one, n) =>
        job(`job-${n}`, one.regions.join(" "), { maxParallel: one.maxParallel }),
      )
      const tasks = all.filter((_, n) => planned[n])
      const condition = (task: Task): Condition => conditions[all.indexOf(task)]!
      return { all, tasks, condition, plan: plan(tasks, { all, condition, verb, policy }), policy }
    })
  const holds = (property: (of: typeof plans extends fc.Arbitrary<infer P> ? P : never) => void) =>
    fc.assert(fc.property(plans, property), { seed: 7, numRuns: 500 })

  test("has every task in exactly one wave", () =>
    holds(({ plan, tasks }) => {
      const planned = plan.jobs.flatMap(tasksOf)
      expect(planned).toHaveLength(tasks.length)
      expect(new Set(planned)).toEqual(new Set(tasks))
    }))

  test("has no empty wave, and in each share only tasks of its region, job and allowance", () =>
    holds(({ plan, all }) => {
      for (const { job, policy, waves } of plan.jobs)
        for (const { shares } of waves) {
          expect(shares.length).toBeGreaterThan(0)
          for (const { region, parallel, tasks } of shares) {
            expect(tasks.length).toBeGreaterThan(0)
            for (const task of tasks) expect([task.job, task.host.region]).toEqual([job, region])
            const here = all.filter(task => task.job === job && task.host.region === region).length
            const { maxParallel: most } = policy
            const allowed = most.kind === "count" ? most.count : Math.max(1, (here * most.percent) / 100)
            expect(parallel).toBeGreaterThanOrEqual(1)
            expect(parallel).toBeLessThanOrEqual(allowed)
          }
        }
    }))

  test("goes from broken to healthy in each region, which it completes once", () =>
    holds(({ plan, condition }) => {
      const rank = { broken: 0, stale: 1, healthy: 2 }
      for (const { waves } of plan.jobs) {
        const shares = waves.flatMap(wave => wave.shares)
        for (const region of new Set(shares.map(share => share.region))) {
          const own = shares.filter(share => share.region === region)
          const ranks = own.flatMap(share => share.tasks.map(task => rank[condition(task)]))
          expect(ranks).toEqual([...ranks].sort())
          expect(own.map(share => share.completes)).toEqual(own.map((_, n) => n === own.length - 1))
        }
      }
    }))

  test("has a canary of one task first, and no wave above maxParallelRegions, unless waves are spelled out", () =>
    holds(({ plan, policy }) => {
      if (policy.waves) return
      for (const { waves } of plan.jobs) {
        expect(waves.map(wave => wave.canary)).toEqual(waves.map((_, n) => n === 0))
        expect(waves[0]!.shares.flatMap(share => share.tasks)).toHaveLength(1)
        for (const { shares } of waves) expect(shares.length).toBeLessThanOrEqual(policy.maxParallelRegions)
      }
    }))

  test("is the same for the same input", () =>
    holds(({ plan: one, all, tasks, condition, policy }) => {
      expect(plan(tasks, { all, condition, verb: one.verb, policy })).toEqual(one)
    }))
})

type Given = Partial<Omit<RolloutInput, "policy">> & { readonly policy?: Partial<ClusterPolicy> }

function plan(tasks: readonly Task[], { policy, ...given }: Given): RolloutPlan {
  return planRollout({
    verb: "deploy",
    tasks,
    all: tasks,
    condition: () => "stale",
    policy: { ...DEFAULT_CLUSTER_POLICY, ...policy },
    jobPolicy: job => job.policy,
    production: false,
    ...given,
  })
}

/** The tasks of a job: one in each region that is named, as `a a b`. */
function job(name: string, regions: string, policy: Partial<JobPolicy> = {}): readonly Task[] {
  const hosts = regions
    .split(" ")
    .filter(Boolean)
    .map((region, n, all) =>
      fakeHost(`${region}${all.slice(0, n).filter(one => one === region).length}`, region),
    )
  const job: Job = {
    kind: "existing",
    name,
    hosts,
    policy: { ...DEFAULT_JOB_POLICY, ...policy },
    program: name,
  }
  return hosts.map((host, n) => ({ name: `${name}.${n}`, job, host, instance: 0, program: name, checks: [] }))
}

/** `canary: a0 | a: a1 a2`: the waves of the first job, and the hosts of their tasks. */
function inWords({ jobs }: RolloutPlan): string {
  return (jobs[0]?.waves ?? [])
    .map(
      ({ name, shares }) =>
        `${name}: ${shares.flatMap(share => share.tasks.map(task => task.host.name)).join(" ")}`,
    )
    .join(" | ")
}

/** `a 2 of 3`: how many of how many must stay healthy. */
function floorsOf({ jobs }: RolloutPlan): string {
  return jobs
    .flatMap(({ floors }) =>
      floors.map(({ region, atLeast, members }) => `${region || "all"} ${atLeast} of ${members.length}`),
    )
    .join(", ")
}
