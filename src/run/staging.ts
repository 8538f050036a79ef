import type { Cluster, Host, Task } from "../model/cluster.js"
import type { TaskKey } from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { type Outcome, StepError, type Subject } from "../model/outcome.js"
import { definitionLines } from "../plan/definition.js"
import type { DeployStep } from "../plan/deploy-plan.js"
import { stepName } from "../plan/resume.js"
import type { DeployOptions } from "./deploy.js"
import { fanOut } from "./fan-out.js"
import { perform } from "./operation.js"
import { recordStep } from "./record.js"
import type { Survey } from "./survey.js"
import { hostsOf } from "./verbs.js"
import { saidOf, subject } from "./view.js"

// Milliseconds for an agent to unpack a package, or to stop and switch a task, two scripts of ten minutes included: hours would hide a
// hang, seconds a big package.
export const STEP_DEADLINE = 30 * 60_000
// A call that an agent finds later than this in its queue is too late to be wanted.
export const NOT_AFTER = 60

/** What a failed preparation means for each task of its host. */
export type Trouble = (task: Task) => Outcome

/** Brings packages and releases to all hosts, side by side; gives the hosts where that failed. No process is touched. */
export async function stage(
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
        ? skipping("the run was interrupted before it")
        : await stageHost(host, own, found, options)
      if (trouble) troubles.set(host, trouble)
      options.say(`staging ${++staged}/${hosts.length}`)
    },
  )
  return troubles
}

function skipping(why: string): Trouble {
  return task => saidOf(task, { kind: "skipped", why })
}

async function stageHost(
  host: Host,
  steps: readonly DeployStep[],
  found: Survey,
  { effects, cluster, operation, record, resumed }: DeployOptions,
): Promise<Trouble | undefined> {
  const agent = effects.agent(host)
  const { aborting } = effects.signals
  const open = new Set<Task>()
  try {
    await agent.upload(aborting)
    for (const { task, release } of steps) {
      if (!release) continue
      // Again under an id of its own, because the first may have failed, and to make what is there costs nothing.
      const op = `${operation}/${stepName("prepare", resumed?.part ?? 1)}/${task.name}`
      const unnoted = await recordStep(record, subject(task), { step: "prepare", op })
      if (unnoted !== undefined) return skipping(unnoted)
      open.add(task)
      await perform(
        () =>
          agent.prepare(
            {
              ...taskKey(cluster, task),
              op,
              notAfter: Math.ceil(found.agentNow(host) + NOT_AFTER),
              ifGeneration: found.generation(task),
              task: task.name,
              host: host.name,
              region: host.region,
              release,
              definition: definitionLines(release),
              keep: cluster.keepReleases,
            },
            aborting,
          ),
        id => agent.operation(id, aborting),
        STEP_DEADLINE,
        effects.clock,
        aborting,
      )
      open.delete(task)
      record?.outcome(saidOf(task, { kind: "changed", note: "prepared" }), "prepare")
    }
    return undefined
  } catch (error) {
    const trouble: Trouble = task => troubleOf(task, error, false)
    for (const task of open) record?.outcome(trouble(task), "prepare")
    return trouble
  }
}

/** The outcome of a step on a task that threw; `sent` says whether it may have changed something. */
export function troubleOf(task: Task, error: unknown, sent: boolean): Outcome {
  return troubleOfSubject(subject(task), error, sent)
}

/** The same for whatever a report can name. */
export function troubleOfSubject(about: Subject, error: unknown, sent: boolean): Outcome {
  if (error instanceof StepError) return { ...about, kind: "failed", evidence: error.evidence }
  if (!(error instanceof CallError)) throw error
  const { failure } = error
  if (failure.reason !== "fault") return { ...about, kind: "unreachable", failure, unknown: sent }
  const fault = { code: failure.faultCode ?? 0, message: failure.message }
  return { ...about, kind: "failed", evidence: { message: failure.message, hint: failure.hint, fault } }
}

/** A task as an agent files it. */
export function taskKey(cluster: Cluster, task: Task): TaskKey {
  return { service: cluster.service, cluster: cluster.cluster, job: task.job.name, instance: task.instance }
}
