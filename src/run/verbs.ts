import type { Host, Job, Task } from "../model/cluster.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import type { ClusterPolicy, HookName, JobPolicy } from "../model/policy.js"
import type { Resumed } from "../plan/resume.js"
import {
  type Condition,
  planRollout,
  type RolloutPlan,
  type RolloutVerb,
  type Wave,
} from "../plan/rollout-plan.js"
import { type ChangeTask, restartTask, startTask, stopTask } from "./change-task.js"
import { type ControlOptions, controlTask } from "./control-task.js"
import type { Effects } from "./effects.js"
import type { FanOut } from "./fan-out.js"
import { type AskCheck, checksOf, healthOf, lookAt } from "./health.js"
import { type ChangeNote, type RunRecord, recordChange } from "./record.js"
import { doneBefore, settleTask } from "./resumed.js"
import type { GateAnswer, HookSubject, RolloutEvent } from "./rollout/effects.js"
import { rollOut } from "./rollout/rollout.js"
import type { Patience } from "./settle.js"
import { type HostsSeen, saidOf, viewNow, viewTasks } from "./view.js"

/** The world of a rollout besides its hosts: what asks, what runs commands, and what shows how it goes. */
export interface Surroundings {
  readonly ask: AskCheck
  readonly gate: (wave: Wave) => Promise<GateAnswer>
  readonly watchGates?: (signal: AbortSignal) => Promise<GateAnswer>
  readonly hook: (name: HookName, about: HookSubject) => Promise<string | undefined>
  readonly goOn: (why: string) => Promise<boolean>
  readonly tell: (event: RolloutEvent) => void
}

/** What a run needs besides the tasks. */
export interface RunOptions {
  readonly effects: Effects
  readonly limits: FanOut
  readonly surroundings: Surroundings
  readonly policy: ClusterPolicy
  readonly jobPolicy: (job: Job) => JobPolicy
  readonly production: boolean
  /** Hosts that may be left out because they do not answer. */
  readonly skipUnreachable: number
  /** What was read of hosts just now; they are not read again. */
  readonly seen?: HostsSeen
  /** The way to change a task by an operation of its agent; absent: every host is taken for a stock supervisord. */
  readonly agents?: ControlOptions
  /** Where each change is noted before it is sent; absent: nowhere. */
  readonly record?: RunRecord | undefined
  /** What the run had done before it was cut short; absent: it begins now. */
  readonly resumed?: Resumed | undefined
}

/** What a change is called in the record. */
export type Naming = (task: Task, how: "change" | "revert") => Pick<ChangeNote, "step" | "op">

/** The tasks of a run before it changes any. */
export interface Surveyed {
  readonly naming: Naming
  readonly before: ReadonlyMap<Task, TaskView>
  /** By the clock of the run: none was read before that. Absent: some may have been read long ago. */
  readonly since?: number
}

/** What became of a run. */
export interface Ran {
  /** One for each task, in their order. */
  readonly outcomes: readonly Outcome[]
  /** Why it did not begin. */
  readonly refused?: string | undefined
  /** Nothing more was wanted than to prepare the hosts. */
  readonly stagedOnly?: boolean
  /** Why it stopped early. */
  readonly halted?: string | undefined
  /** Tasks that were put back after a failure. */
  readonly reverted?: number | undefined
  /** Hooks that failed where nothing waits for them. */
  readonly hookFailures?: readonly string[] | undefined
}

const CHANGES: Readonly<Record<"start" | "stop" | "restart", ChangeTask>> = {
  start: startTask,
  stop: stopTask,
  restart: restartTask,
}

/** Starts, stops or restarts tasks by the policy; `all` are the tasks of their jobs, from which shares are reckoned. */
export async function runVerb(
  verb: "start" | "stop" | "restart",
  tasks: readonly Task[],
  all: readonly Task[],
  options: RunOptions,
): Promise<Ran> {
  const { effects, limits, seen } = options
  const since = seen?.since ?? effects.clock.now()
  const before = pairUp(tasks, await viewTasks(tasks, effects, limits, seen?.processes))
  // What a supervisor does not know fails by itself, and need not keep others from their start or stop.
  const blocking = [...before.values()].filter(view => verb === "restart" || view.kind !== "missing")
  const blocked = blockers(blocking, options.skipUnreachable)
  const done = doneBefore(verb, before, options.resumed)
  if (blocked) {
    const outcomes = refuse(tasks, before, blocked)
    return { outcomes: tasks.map((task, n) => done.get(task) ?? (outcomes[n] as Outcome)), refused: blocked }
  }
  const leftOut = new Map<Task, Outcome>()
  for (const [task, view] of before) {
    if (view.kind === "unreachable")
      leftOut.set(task, saidOf(task, { kind: "unreachable", failure: view.failure, unknown: false }))
  }
  for (const [task, outcome] of done) leftOut.set(task, outcome)
  const rolled = tasks.filter(task => !leftOut.has(task))
  const conditions = pairUp(
    rolled,
    await Promise.all(rolled.map(task => conditionOf(verb, task, before.get(task) as TaskView, options))),
  )
  const plan = planRollout({
    verb,
    tasks: rolled,
    all,
    condition: task => conditions.get(task) as Condition,
    ...policies(options),
  })
  const change = async (task: Task, view: TaskView): Promise<Outcome> => {
    const patience = patienceFor(task, options)
    const prior = options.resumed?.prior.get(task.name)
    const again = { attempt: prior?.attempt, mayBeSent: prior?.kind === "open" }
    const agents = options.agents && Object.assign({}, options.agents, again)
    // An agent knows by the id what it did of it before; of a stock supervisord that must be found out.
    const byAgent = agents && (await controlTask(verb, task, patience, agents))
    if (byAgent) return byAgent
    return prior?.kind === "open"
      ? settleTask(verb, task, prior.before, effects, patience)
      : CHANGES[verb](task, view, effects, patience)
  }
  // What a start, a stop or a restart changed has no former release to go back to.
  const revert = async (task: Task): Promise<Outcome> =>
    saidOf(task, { kind: "unchanged", note: `a ${verb} has nothing to go back to` })
  const naming: Naming = () => ({ step: verb })
  const shown = verb === "start" ? withoutFloors(plan) : plan
  return carryOut(shown, tasks, leftOut, options, change, revert, { naming, before, since })
}

/** A start takes nothing down: a task that runs already need not wait for those that do not come up. */
function withoutFloors(plan: RolloutPlan): RolloutPlan {
  return { ...plan, jobs: plan.jobs.map(rollout => ({ ...rollout, floors: [] })) }
}

/** Milliseconds for which what was read of a task is what it is, as long as this run does nothing to it, by a hook neither. */
const FRESH = 2_000

/**
 * Carries out a plan and joins its outcomes with those that are known already, in the order of `tasks`. Each task is read right
 * before it is changed: a rolling run comes to it long after it was surveyed.
 */
export async function carryOut(
  plan: RolloutPlan,
  tasks: readonly Task[],
  known: ReadonlyMap<Task, Outcome>,
  { effects, limits, surroundings, policy, record }: RunOptions,
  change: (task: Task, view: TaskView) => Promise<Outcome>,
  revert: (task: Task) => Promise<Outcome>,
  { naming, before, since = Number.NEGATIVE_INFINITY }: Surveyed,
): Promise<Ran> {
  for (const outcome of known.values()) surroundings.tell({ kind: "outcome", outcome })
  const { ask, gate, watchGates, hook, goOn, tell } = surroundings
  const views = new Map<Task, TaskView>(before)
  const hasHooks = plan.jobs.some(({ policy }) => Object.keys(policy.hooks).length > 0)
  const untouched = new Set<Task>(hasHooks ? [] : before.keys())
  const read = async (task: Task): Promise<void> => {
    const isFresh = untouched.delete(task) && effects.clock.now() - since < FRESH
    if (!isFresh) views.set(task, await viewNow(task, effects))
  }
  const rolled = await rollOut(plan, policy.onFailure, {
    clock: effects.clock,
    signals: effects.signals,
    look: wanted => lookAt(wanted, effects, limits, ask),
    read,
    before: (task, how) => {
      const view = views.get(task) as TaskView
      const seen = view.kind === "unreachable" ? (before.get(task) ?? view) : view
      return recordChange(record, naming(task, how), seen)
    },
    change: task => change(task, views.get(task) as TaskView),
    revert,
    gate,
    ...(watchGates ? { watchGates } : {}),
    hook,
    goOn,
    tell,
  })
  return {
    outcomes: tasks.map(task => (known.get(task) ?? rolled.outcomes.get(task)) as Outcome),
    halted: rolled.halted,
    ...(rolled.reverted > 0 ? { reverted: rolled.reverted } : {}),
    ...(rolled.hookFailures.length > 0 ? { hookFailures: rolled.hookFailures } : {}),
  }
}

/** How long to wait for a task, and what must hold, by the policy of its job. */
export function patienceFor(task: Task, { effects, surroundings, jobPolicy }: RunOptions): Patience {
  const { healthyDeadline, minHealthy } = jobPolicy(task.job)
  return {
    deadline: healthyDeadline,
    minHealthy,
    check: checksOf(task, effects.signals.aborting, surroundings.ask),
  }
}

/** What goes into a plan from the options of a run. */
export function policies({ policy, jobPolicy, production }: RunOptions): {
  readonly policy: ClusterPolicy
  readonly jobPolicy: (job: Job) => JobPolicy
  readonly production: boolean
} {
  return { policy, jobPolicy, production }
}

/** The results beside their tasks. */
export function pairUp<R>(tasks: readonly Task[], results: readonly R[]): Map<Task, R> {
  return new Map(tasks.map((task, n) => [task, results[n] as R]))
}

/** Why a rolling change must not begin, or undefined. */
export function blockers(before: readonly TaskView[], skipUnreachable: number): string | undefined {
  const dead = new Set(before.filter(view => view.kind === "unreachable").map(view => view.host))
  const missing = before.filter(view => view.kind === "missing")
  if (dead.size > skipUnreachable) return `nothing was touched: ${count(dead.size, "host")} cannot be asked`
  if (missing.length > 0)
    return `nothing was touched: ${count(missing.length, "task")} unknown to the supervisor`
  return undefined
}

/** The outcomes of a run that does not begin. */
export function refuse(
  tasks: readonly Task[],
  before: ReadonlyMap<Task, TaskView>,
  why: string,
): readonly Outcome[] {
  return tasks.map(task => {
    const view = before.get(task) as TaskView
    if (view.kind === "unreachable")
      return saidOf(task, { kind: "unreachable", failure: view.failure, unknown: false })
    if (view.kind === "missing")
      return saidOf(task, {
        kind: "failed",
        evidence: { message: `the supervisor has no program "${view.program}"` },
      })
    return saidOf(task, { kind: "skipped", why })
  })
}

/** The hosts of some tasks, each once, in their order. */
export function hostsOf(tasks: readonly Task[]): readonly Host[] {
  return [...new Set(tasks.map(task => task.host))]
}

/** What a restart finds failing its checks is broken: it goes first, or the floors could keep it from its cure. */
async function conditionOf(
  verb: RolloutVerb,
  task: Task,
  view: TaskView,
  { effects, surroundings }: RunOptions,
): Promise<Condition> {
  const ask: AskCheck = verb === "restart" ? surroundings.ask : async () => undefined
  const health = await healthOf(task, view, effects.signals.aborting, ask)
  return health.kind === "healthy" ? "healthy" : "broken"
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`
}
