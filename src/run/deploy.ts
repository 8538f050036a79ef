import type { Cluster, Host, Task } from "../model/cluster.js"
import type { Inspection, OperationState, TaskKey } from "../model/deployment.js"
import { CallError, type CallFailure } from "../model/failure.js"
import { type Outcome, StepError, type TaskView } from "../model/outcome.js"
import type { Before, DeployStep } from "../plan/deploy-plan.js"
import { awaitHealthy } from "./change-task.js"
import type { DeployEffects } from "./deploy-effects.js"
import { type FanOut, fanOut } from "./fan-out.js"
import { perform } from "./operation.js"
import { rolling } from "./rolling.js"
import { hostsOf, pairUp, type RollingOptions } from "./verbs.js"
import { subject, viewTasks } from "./view.js"

/** What was found before a deploy. */
export interface Survey {
  readonly before: ReadonlyMap<Task, Before>
  /** An agent's clock, as it must be now: epoch seconds. */
  agentNow(host: Host): number
}

/** A run of deploy. */
export interface DeployOptions extends RollingOptions {
  readonly effects: DeployEffects
  readonly cluster: Cluster
  readonly operation: string
  /** Hosts that packages are sent to at once. */
  readonly stageFanOut: number
  readonly say: (text: string) => void
}

// Milliseconds for an agent to unpack a package, or to stop and switch a task: hours would hide a hang, seconds a big package.
const STEP_DEADLINE = 10 * 60_000
// A call that an agent finds later than this in its queue is too late to be wanted.
const NOT_AFTER = 60

/** Asks every host what runs there and what it keeps: two calls a host, all hosts side by side. */
export async function survey(
  tasks: readonly Task[],
  cluster: Cluster,
  sha256: string,
  effects: DeployEffects,
  limits: FanOut,
): Promise<Survey> {
  const hosts = hostsOf(tasks)
  const { aborting } = effects.signals
  const inspect = async (host: Host): Promise<{ inspection: Inspection; at: number } | CallFailure> => {
    try {
      const inspection = await effects.agent(host).inspect(cluster.service, cluster.cluster, sha256, aborting)
      return { inspection, at: effects.clock.now() }
    } catch (error) {
      if (error instanceof CallError) return noAgent(error.failure)
      throw error
    }
  }
  const [views, inspections] = await Promise.all([
    viewTasks(tasks, effects, limits),
    fanOut(hosts, host => host.region, limits, inspect),
  ])
  const byHost = new Map(hosts.map((host, n) => [host, inspections[n]!]))
  const before = tasks.map((task, n): Before => {
    const view = views[n] as TaskView
    const inspected = byHost.get(task.host)!
    if ("inspection" in inspected) return { view, inspection: inspected.inspection }
    return {
      view:
        view.kind === "unreachable" ? view : { ...subject(task), kind: "unreachable", failure: inspected },
    }
  })
  return {
    before: pairUp(tasks, before),
    agentNow: host => {
      const inspected = byHost.get(host)
      if (!inspected || !("inspection" in inspected)) return 0
      return inspected.inspection.now + (effects.clock.now() - inspected.at) / 1_000
    },
  }
}

/** Why a deploy must not begin, or undefined. */
export function deployBlocker({ before }: Survey, skipUnreachable: number): string | undefined {
  const dead = new Set(
    [...before].filter(([, { view }]) => view.kind === "unreachable").map(([task]) => task.host),
  )
  if (dead.size <= skipUnreachable) return undefined
  return `nothing was touched: ${dead.size} host${dead.size === 1 ? "" : "s"} cannot be deployed to`
}

/** The outcomes of a deploy that does not begin. */
export function refuseDeploy(tasks: readonly Task[], { before }: Survey, why: string): readonly Outcome[] {
  return tasks.map(task => {
    const view = before.get(task)?.view
    return view?.kind === "unreachable"
      ? { ...subject(task), kind: "unreachable", failure: view.failure, unknown: false }
      : { ...subject(task), kind: "skipped", why }
  })
}

/**
 * Brings packages and releases to all hosts first, side by side; only then changes task after task, as a restart does.
 * When the first part fails anywhere, no process was touched. One outcome for each step, in their order.
 */
export async function deploy(
  steps: readonly DeployStep[],
  found: Survey,
  options: DeployOptions,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly refused?: string }> {
  const outcomes = new Map<Task, Outcome>()
  for (const { task, action } of steps) {
    const view = found.before.get(task)?.view
    if (view?.kind === "unreachable")
      outcomes.set(task, { ...subject(task), kind: "unreachable", failure: view.failure, unknown: false })
    else if (action === "none")
      outcomes.set(task, { ...subject(task), kind: "unchanged", note: "runs this release" })
  }
  for (const outcome of outcomes.values()) options.follow(outcome)
  const todo = steps.filter(step => !outcomes.has(step.task))

  const troubles = await stage(todo, found, options)
  if (troubles.size > 0) {
    const why = `nothing was touched: ${troubles.size} of ${hostsOf(todo.map(step => step.task)).length} hosts could not be prepared`
    for (const { task } of todo)
      outcomes.set(task, troubles.get(task.host)?.(task) ?? { ...subject(task), kind: "skipped", why })
    return { outcomes: steps.map(step => outcomes.get(step.task) as Outcome), refused: why }
  }

  const stepOf = new Map(todo.map(step => [step.task, step]))
  const rolled = todo.map(step => step.task)
  const done = await rolling(
    rolled,
    options.parallel,
    options.effects.signals,
    task => activate(stepOf.get(task) as DeployStep, found, options),
    options.follow,
  )
  for (const [task, outcome] of pairUp(rolled, done)) outcomes.set(task, outcome)
  return { outcomes: steps.map(step => outcomes.get(step.task) as Outcome) }
}

type Trouble = (task: Task) => Outcome

async function stage(
  todo: readonly DeployStep[],
  found: Survey,
  options: DeployOptions,
): Promise<ReadonlyMap<Host, Trouble>> {
  const hosts = hostsOf(todo.map(step => step.task))
  let staged = 0
  const troubles = new Map<Host, Trouble>()
  const { total, perRegion } = options.limits
  await fanOut(
    hosts,
    host => host.region,
    { total: Math.min(total, options.stageFanOut), perRegion },
    async host => {
      const { stopping } = options.effects.signals
      const own = todo.filter(step => step.task.host === host)
      const trouble = stopping.aborted
        ? (task: Task): Outcome => ({
            ...subject(task),
            kind: "skipped",
            why: "the run was interrupted before it",
          })
        : await stageHost(host, own, found, options)
      if (trouble) troubles.set(host, trouble)
      options.say(`staging ${++staged}/${hosts.length}`)
    },
  )
  return troubles
}

async function stageHost(
  host: Host,
  steps: readonly DeployStep[],
  found: Survey,
  { effects, cluster, operation }: DeployOptions,
): Promise<Trouble | undefined> {
  const agent = effects.agent(host)
  const { aborting } = effects.signals
  try {
    await agent.upload(aborting)
    for (const { task, to } of steps) {
      const op = `${operation}/prepare/${task.name}`
      await perform(
        () =>
          agent.prepare(
            {
              ...taskKey(cluster, task),
              op,
              notAfter: Math.ceil(found.agentNow(host) + NOT_AFTER),
              task: task.name,
              host: host.name,
              region: host.region,
              release: to,
            },
            aborting,
          ),
        id => agent.operation(id, aborting),
        STEP_DEADLINE,
        effects.clock,
        aborting,
      )
    }
    return undefined
  } catch (error) {
    return task => troubleOf(task, error, false)
  }
}

async function activate(
  { task, to }: DeployStep,
  found: Survey,
  { effects, cluster, operation, patience }: DeployOptions,
): Promise<Outcome> {
  const agent = effects.agent(task.host)
  const { aborting } = effects.signals
  const notAfter = Math.ceil(found.agentNow(task.host) + NOT_AFTER)
  const request = {
    ...taskKey(cluster, task),
    op: `${operation}/activate/${task.name}`,
    notAfter,
    release: to.id,
  }
  const view = found.before.get(task)!.view
  let sent = false
  const submit = async (): Promise<OperationState> => {
    try {
      const state = await agent.activate(request, aborting)
      sent = true
      return state
    } catch (error) {
      if (error instanceof CallError && error.failure.maybeDelivered) sent = true
      throw error
    }
  }
  try {
    await perform(submit, op => agent.operation(op, aborting), STEP_DEADLINE, effects.clock, aborting)
  } catch (error) {
    return troubleOf(task, error, sent)
  }
  const outcome = await awaitHealthy(task, view, effects, patience)
  return outcome.kind === "changed" ? { ...outcome, note: `${to.package.version}: ${outcome.note}` } : outcome
}

function troubleOf(task: Task, error: unknown, sent: boolean): Outcome {
  if (error instanceof StepError) return { ...subject(task), kind: "failed", evidence: error.evidence }
  if (!(error instanceof CallError)) throw error
  const { failure } = error
  if (failure.reason !== "fault") return { ...subject(task), kind: "unreachable", failure, unknown: sent }
  const fault = { code: failure.faultCode ?? 0, message: failure.message }
  return {
    ...subject(task),
    kind: "failed",
    evidence: { message: failure.message, hint: failure.hint, fault },
  }
}

function taskKey(cluster: Cluster, task: Task): TaskKey {
  return { service: cluster.service, cluster: cluster.cluster, job: task.job.name, instance: task.instance }
}

const UNKNOWN_METHOD = 1

/** Stock supervisord answers the agent's methods with a fault: said in words that help. */
function noAgent(failure: CallFailure): CallFailure {
  if (failure.reason !== "fault" || failure.faultCode !== UNKNOWN_METHOD) return failure
  return {
    ...failure,
    message: "a stock supervisord answers there, and it cannot be deployed to",
    hint: "run `minos agent serve` on that host, and name its port in the cluster file",
  }
}
