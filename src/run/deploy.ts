import type { Cluster, Host, Task } from "../model/cluster.js"
import type { Outcome, TaskView } from "../model/outcome.js"
import type { DeployStep } from "../plan/deploy-plan.js"
import { type Resumed, stepName } from "../plan/resume.js"
import { type Condition, planRollout, type RolloutPlan } from "../plan/rollout-plan.js"
import { awaitHealthy, stopTask } from "./change-task.js"
import { controlTask } from "./control-task.js"
import type { DeployEffects } from "./deploy-effects.js"
import { perform, submission } from "./operation.js"
import { DONE_BEFORE } from "./resumed.js"
import { NOT_AFTER, STEP_DEADLINE, stage, type Trouble, taskKey, troubleOf } from "./staging.js"
import type { Survey } from "./survey.js"
import { carryOut, hostsOf, patienceFor, type Ran, type RunOptions } from "./verbs.js"
import { saidOf, viewTasks } from "./view.js"

/** A run of deploy. */
export interface DeployOptions extends RunOptions {
  readonly effects: DeployEffects
  readonly cluster: Cluster
  readonly operation: string
  /** Hosts that packages are sent to at once. */
  readonly stageFanOut: number
  /** Prepare only. */
  readonly stageOnly: boolean
  /** Tasks run their bootstrap also over data that is there. */
  readonly bootstrap?: "again" | undefined
  /** Everything is prepared already: a rollback goes to releases that the hosts keep. */
  readonly staged: boolean
  readonly say: (text: string) => void
}

/** The outcomes that are known before a deploy begins: hosts that are left out, and tasks that are right already. */
export function knownOutcomes(
  steps: readonly DeployStep[],
  found: Survey,
  resumed?: Resumed,
): ReadonlyMap<Task, Outcome> {
  const known = new Map<Task, Outcome>()
  for (const { task, action } of steps) {
    const view = found.before.get(task)?.view
    if (view?.kind === "unreachable")
      known.set(task, saidOf(task, { kind: "unreachable", failure: view.failure, unknown: false }))
    else if (action === "none") {
      const prior = resumed?.prior.get(task.name)
      // It was switched, and nobody has seen yet whether it stays up.
      if (prior?.kind === "open") continue
      const note = prior?.kind === "done" ? DONE_BEFORE : "runs this release"
      known.set(task, saidOf(task, { kind: "unchanged", note }))
    }
  }
  return known
}

/** The order in which a deploy changes what it has to change. */
export function deployPlan(
  verb: "deploy" | "rollback",
  steps: readonly DeployStep[],
  found: Survey,
  all: readonly Task[],
  options: Pick<RunOptions, "policy" | "jobPolicy" | "production" | "resumed">,
): RolloutPlan {
  const known = knownOutcomes(steps, found, options.resumed)
  const tasks = steps.map(step => step.task).filter(task => !known.has(task))
  const condition = (task: Task): Condition => {
    const view = found.before.get(task)?.view
    return view?.kind === "seen" && view.processes.every(process => process.state === "RUNNING")
      ? "stale"
      : "broken"
  }
  const { policy, jobPolicy, production } = options
  return planRollout({ verb, tasks, all, condition, policy, jobPolicy, production })
}

/**
 * Brings packages and releases to all hosts first, side by side; only then carries out the plan. When the first part fails
 * anywhere, no process was touched. One outcome for each step, in their order.
 */
export async function deploy(
  steps: readonly DeployStep[],
  plan: RolloutPlan,
  found: Survey,
  options: DeployOptions,
): Promise<Ran> {
  const known = knownOutcomes(steps, found, options.resumed)
  const tasks = steps.map(step => step.task)
  const todo = steps.filter(step => !known.has(step.task))
  const troubles = options.staged ? new Map<Host, Trouble>() : await stage(todo, found, options)
  if (troubles.size > 0 || options.stageOnly) {
    const hosts = hostsOf(todo.map(step => step.task)).length
    const refused =
      troubles.size > 0
        ? `nothing was touched: ${troubles.size} of ${hosts} hosts could not be prepared`
        : undefined
    const why = refused ?? "prepared only, as --stage-only says"
    const outcomes = new Map<Task, Outcome>(known)
    for (const { task } of todo)
      outcomes.set(task, troubles.get(task.host)?.(task) ?? saidOf(task, { kind: "skipped", why }))
    return {
      outcomes: tasks.map(task => outcomes.get(task) as Outcome),
      refused,
      stagedOnly: options.stageOnly,
    }
  }
  const stepOf = new Map(todo.map(step => [step.task, step]))
  return carryOut(
    plan,
    tasks,
    known,
    options,
    task => {
      const step = stepOf.get(task) as DeployStep
      const moment: Moment = {
        agentNow: () => found.agentNow(task.host),
        generation: found.generation(task),
      }
      return activate(step, "activate", step.to, moment, found, options)
    },
    task => putBack(stepOf.get(task) as DeployStep, found, options),
    {
      naming: (task, how) => {
        const step = how === "change" ? "activate" : "revert"
        return { step, op: operationOf(step, task, options) }
      },
      before: new Map([...found.before].map(([task, { view }]) => [task, view])),
    },
  )
}

/** Back to the release that the task had, or stopped where it had none. */
async function putBack(step: DeployStep, found: Survey, options: DeployOptions): Promise<Outcome> {
  const { task, from, to } = step
  const { effects, cluster } = options
  if (!from) {
    const stopped =
      (await controlTask("stop", task, patienceFor(task, options), options)) ??
      (await stopStock(task, options))
    return stopped.kind === "changed" ? { ...stopped, note: "stopped: there was no release before" } : stopped
  }
  if (from.release === to.id) return saidOf(task, { kind: "unchanged", note: "it had this release before" })
  const target = { id: from.release, package: { version: from.version } }
  try {
    // This run has changed the task since the survey.
    const { now, generations } = await effects
      .agent(task.host)
      .inspect(cluster.service, cluster.cluster, "", effects.signals.aborting)
    const at = effects.clock.now()
    const moment: Moment = {
      agentNow: () => now + (effects.clock.now() - at) / 1_000,
      generation: generations[task.program] ?? 0,
    }
    return await activate(step, "revert", target, moment, found, options)
  } catch (error) {
    return troubleOf(task, error, false)
  }
}

async function stopStock(task: Task, options: DeployOptions): Promise<Outcome> {
  const [view] = await viewTasks([task], options.effects, options.limits)
  return stopTask(task, view as TaskView, options.effects, patienceFor(task, options))
}

/** What an agent said when it was looked at: its clock, and how often the task had been changed. */
interface Moment {
  readonly agentNow: () => number
  readonly generation: number
}

/** The id under which the agent carries out a step on a task. */
function operationOf(step: "activate" | "revert", task: Task, { operation, resumed }: DeployOptions): string {
  const attempt = resumed?.prior.get(task.name)?.attempt ?? 1
  return `${operation}/${stepName(step, attempt)}/${task.name}`
}

async function activate(
  { task, action }: DeployStep,
  how: "activate" | "revert",
  to: { readonly id: string; readonly package: { readonly version: string } },
  { agentNow, generation }: Moment,
  found: Survey,
  options: DeployOptions,
): Promise<Outcome> {
  const { effects, cluster } = options
  const agent = effects.agent(task.host)
  const { aborting } = effects.signals
  const request = {
    ...taskKey(cluster, task),
    op: operationOf(how, task, options),
    release: to.id,
    ...(how === "activate" && options.bootstrap && { bootstrap: options.bootstrap }),
  }
  const view = found.before.get(task)!.view
  // It runs this release: only a run that was cut short before it saw so comes here.
  if (action === "none" && how === "activate")
    return versioned(await awaitHealthy(task, view, effects, patienceFor(task, options)), to)
  const isOpen = options.resumed?.prior.get(task.name)?.kind === "open"
  const { submit, maybeSent } = submission(() => {
    const head = { notAfter: Math.ceil(agentNow() + NOT_AFTER), ifGeneration: generation }
    return agent.activate({ ...request, ...head, keep: cluster.keepReleases }, aborting)
  }, isOpen)
  try {
    await perform(submit, op => agent.operation(op, aborting), STEP_DEADLINE, effects.clock, aborting)
  } catch (error) {
    return troubleOf(task, error, maybeSent())
  }
  return versioned(await awaitHealthy(task, view, effects, patienceFor(task, options)), to)
}

function versioned(outcome: Outcome, to: { readonly package: { readonly version: string } }): Outcome {
  return outcome.kind === "changed" ? { ...outcome, note: `${to.package.version}: ${outcome.note}` } : outcome
}
