import type { Job, Task } from "../model/cluster.js"
import { budgetOf, type ClusterPolicy, floorOf, type JobPolicy, shareOf } from "../model/policy.js"

/** What a rollout does; decides the order of jobs and the default times of watching. */
export type RolloutVerb = "deploy" | "rollback" | "restart" | "start" | "stop"

/** How a task is found before a rollout: broken ones go first, the healthy ones last. */
export type Condition = "broken" | "stale" | "healthy"

/** What goes into a plan. */
export interface RolloutInput {
  readonly verb: RolloutVerb
  /** Tasks that will be changed, in file order. */
  readonly tasks: readonly Task[]
  /**
   * Every task of the cluster, or at least of their jobs, changed or not: shares and floors are reckoned from them, and the
   * order of jobs goes through theirs. Those that are changed are the same objects.
   */
  readonly all: readonly Task[]
  readonly condition: (task: Task) => Condition
  readonly policy: ClusterPolicy
  readonly jobPolicy: (job: Job) => JobPolicy
  /** Long watching unless the policy says otherwise. */
  readonly production: boolean
}

/** A whole rollout, decided before the first task is touched. */
export interface RolloutPlan {
  readonly verb: RolloutVerb
  readonly jobs: readonly JobRollout[]
  /** Failures that do not stop it. */
  readonly maxFailures: number
  /** Milliseconds of watching after a canary, and after the last task of a region. */
  readonly bake: number
  readonly bakeRegion: number
  readonly maxParallelRegions: number
  readonly progressDeadline: number
  /** What an operator should know before saying yes. */
  readonly warnings: readonly string[]
}

/** One job's way through the cluster. */
export interface JobRollout {
  readonly job: Job
  readonly policy: JobPolicy
  /** Jobs of this plan that must be done before this one begins. */
  readonly after: readonly string[]
  readonly waves: readonly Wave[]
  /** Where the floor holds: each region by itself, or all together; none for a stop, which is to leave nothing running. */
  readonly floors: readonly FloorGroup[]
}

/** Tasks among which a number must stay healthy. */
export interface FloorGroup {
  /** A region, or "" for all of them. */
  readonly region: string
  readonly members: readonly Task[]
  readonly atLeast: number
}

export interface Wave {
  /** `canary`, or the names of its regions. */
  readonly name: string
  readonly canary: boolean
  readonly shares: readonly RegionShare[]
}

/** A region's part in a wave. */
export interface RegionShare {
  readonly region: string
  /** Tasks changed at once. */
  readonly parallel: number
  /** In the order in which they are changed. */
  readonly tasks: readonly Task[]
  /** The last tasks of the job in this region: watched for `bakeRegion` afterwards. */
  readonly completes: boolean
}

const BAKES = {
  usual: { bake: 15_000, bakeRegion: 30_000 },
  production: { bake: 60_000, bakeRegion: 300_000 },
}

/** Decides the order of everything. The same input gives the same plan; every task is in exactly one wave. */
export function planRollout(input: RolloutInput): RolloutPlan {
  const { verb, tasks, policy } = input
  const jobs = [...new Set(tasks.map(task => task.job))]
  return {
    verb,
    jobs: jobs.map(job => jobRollout(job, jobs, input)),
    maxFailures: budgetOf(policy.maxFailures, tasks.length),
    ...bakes(input),
    maxParallelRegions: policy.maxParallelRegions,
    progressDeadline: policy.progressDeadline,
    warnings: jobs.flatMap(job => warnings(job, input)),
  }
}

/** The tasks of a job in the order of its waves. */
export function tasksOf(rollout: JobRollout): readonly Task[] {
  return rollout.waves.flatMap(wave => wave.shares.flatMap(share => share.tasks))
}

/** The least time that a plan takes, in milliseconds, if all goes well and programs start at once. */
export function leastTime(plan: RolloutPlan): number {
  const finished = new Map<string, number>()
  const finish = (rollout: JobRollout): number => {
    const known = finished.get(rollout.job.name)
    if (known !== undefined) return known
    const before = plan.jobs.filter(other => rollout.after.includes(other.job.name)).map(finish)
    const total = Math.max(0, ...before) + jobTime(rollout, plan)
    finished.set(rollout.job.name, total)
    return total
  }
  return Math.max(0, ...plan.jobs.map(finish))
}

// What was stopped has no health to watch.
function bakes({ verb, policy, production }: RolloutInput): Pick<RolloutPlan, "bake" | "bakeRegion"> {
  const none = { bake: 0, bakeRegion: 0 }
  if (verb === "stop") return none
  const usual = verb === "deploy" ? BAKES[production ? "production" : "usual"] : none
  return { bake: policy.bake ?? usual.bake, bakeRegion: policy.bakeRegion ?? usual.bakeRegion }
}

function jobRollout(job: Job, jobs: readonly Job[], input: RolloutInput): JobRollout {
  const policy = input.jobPolicy(job)
  const all = input.all.filter(task => task.job === job)
  const names = new Set(jobs.map(other => other.name))
  const forward = reachable(job.name, input).filter(name => names.has(name))
  const backward = jobs
    .filter(other => reachable(other.name, input).includes(job.name))
    .map(other => other.name)
  return {
    job,
    policy,
    after: input.verb === "stop" ? backward : forward,
    waves: waves(job, policy, input),
    floors: input.verb === "stop" ? [] : floors(policy, all),
  }
}

/** The jobs that a job waits for, directly or through jobs that are not part of the plan. */
function reachable(name: string, input: RolloutInput): readonly string[] {
  const jobs = new Map(input.all.map(task => [task.job.name, task.job]))
  const found = new Set<string>()
  const visit = (from: string): void => {
    const job = jobs.get(from)
    for (const next of job ? input.jobPolicy(job).after : []) {
      if (found.has(next)) continue
      found.add(next)
      visit(next)
    }
  }
  visit(name)
  return [...found]
}

function waves(job: Job, policy: JobPolicy, input: RolloutInput): readonly Wave[] {
  const own = input.tasks.filter(task => task.job === job)
  const regions = [...new Set(own.map(task => task.host.region))]
  const orderOf = (region: string): readonly Task[] =>
    inOrder(
      own.filter(task => task.host.region === region),
      input.condition,
    )
  const parallelIn = (region: string): number =>
    shareOf(
      policy.maxParallel,
      input.all.filter(task => task.job === job && task.host.region === region).length,
    )
  const share = (region: string, tasks: readonly Task[], completes: boolean): RegionShare => ({
    region,
    parallel: parallelIn(region),
    tasks,
    completes,
  })
  if (input.policy.waves) {
    return spelledOut(input.policy.waves, regions).map(names => ({
      name: names.join(", "),
      canary: false,
      shares: names.map(region => share(region, orderOf(region), true)),
    }))
  }
  const [first, ...others] = regions
  if (first === undefined) return []
  const [canary, ...rest] = orderOf(first)
  const chunks = inChunks(others, input.policy.maxParallelRegions)
  return [
    { name: "canary", canary: true, shares: [share(first, [canary as Task], rest.length === 0)] },
    ...(rest.length > 0 ? [{ name: first, canary: false, shares: [share(first, rest, true)] }] : []),
    ...chunks.map(names => ({
      name: names.join(", "),
      canary: false,
      shares: names.map(region => share(region, orderOf(region), true)),
    })),
  ]
}

/** The waves of the policy with `*` filled in, and without the regions and waves that have nothing to do. */
function spelledOut(
  waves: readonly (readonly string[])[],
  regions: readonly string[],
): readonly (readonly string[])[] {
  const named = new Set(waves.flat())
  const left = regions.filter(region => !named.has(region))
  const full = waves.map(wave =>
    wave.flatMap(name => (name === "*" ? left : regions.includes(name) ? [name] : [])),
  )
  const covered = named.has("*") ? full : [...full, left]
  // A region that is named twice goes where it is named first.
  const seen = new Set<string>()
  return covered
    .map(wave => wave.filter(region => !seen.has(region) && seen.add(region)))
    .filter(wave => wave.length > 0)
}

const RANK: Record<Condition, number> = { broken: 0, stale: 1, healthy: 2 }

/** Broken ones first: they cost no availability. What is healthy goes last, so that the last healthy one goes at the end. */
function inOrder(tasks: readonly Task[], condition: (task: Task) => Condition): readonly Task[] {
  return [...tasks].sort((a, b) => RANK[condition(a)] - RANK[condition(b)])
}

function floors(policy: JobPolicy, all: readonly Task[]): readonly FloorGroup[] {
  if (policy.minAvailable.kind === "quorum")
    return [{ region: "", members: all, atLeast: floorOf(policy.minAvailable, all.length) }]
  return [...new Set(all.map(task => task.host.region))].map(region => {
    const members = all.filter(task => task.host.region === region)
    return { region, members, atLeast: floorOf(policy.minAvailable, members.length) }
  })
}

function warnings(job: Job, { verb, tasks, all, jobPolicy }: RolloutInput): readonly string[] {
  if (verb === "start" || verb === "stop") return []
  const own = all.filter(task => task.job === job)
  return floors(jobPolicy(job), own)
    .filter(group => group.members.some(task => tasks.includes(task)))
    .flatMap(({ region, members, atLeast }) => {
      const where = members.length === own.length ? "" : ` in ${region}`
      if (members.length === 1)
        return [
          `${job.name} has one task only${where}: it is away while it is changed, whatever minAvailable says`,
        ]
      if (atLeast < members.length) return []
      return [
        `minAvailable keeps all ${members.length} tasks of ${job.name}${where}: no healthy one can be changed`,
      ]
    })
}

function jobTime({ waves, policy }: JobRollout, plan: RolloutPlan): number {
  // What is stopped need not become healthy.
  const taskTime = plan.verb === "stop" ? 0 : policy.minHealthy
  return waves.reduce((sum, wave) => {
    const shares = wave.shares.map(
      share =>
        Math.ceil(share.tasks.length / share.parallel) * taskTime +
        (share.completes ? plan.bakeRegion : 0) +
        (wave.canary ? plan.bake : 0),
    )
    return sum + abreast(shares, plan.maxParallelRegions)
  }, 0)
}

/** How long it takes to do things of these lengths, at most `limit` at once, the next one when one is done. */
function abreast(times: readonly number[], limit: number): number {
  const ends = times.slice(0, limit)
  for (const time of times.slice(limit)) {
    const first = ends.indexOf(Math.min(...ends))
    ends[first] = (ends[first] as number) + time
  }
  return Math.max(0, ...ends)
}

function inChunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  )
}
