import type { Cluster, Host } from "../model/cluster.js"
import { programName } from "../model/deployment.js"
import { endpointName } from "../model/endpoint.js"
import type { Outcome, Subject, TaskView } from "../model/outcome.js"
import { stepName } from "../plan/resume.js"
import type { DeployEffects } from "./deploy-effects.js"
import { type FanOut, fanOut } from "./fan-out.js"
import { perform, submission } from "./operation.js"
import { type RunRecord, recordStep } from "./record.js"
import { DONE_BEFORE, inTruth } from "./resumed.js"
import { NOT_AFTER, STEP_DEADLINE, troubleOfSubject } from "./staging.js"
import type { RunOptions } from "./verbs.js"

/** A task on a host, as its agent files it. */
export interface Removal {
  readonly host: Host
  readonly job: string
  readonly instance: number
  /** How a report calls it. */
  readonly name: string
}

/** Stops tasks and takes them off their hosts, all side by side; their data only when `data` says so. */
export function removeTasks(
  removals: readonly Removal[],
  data: boolean,
  cluster: Cluster,
  operation: string,
  effects: DeployEffects,
  limits: FanOut,
  told: (outcome: Outcome) => void,
  { record, resumed }: Pick<RunOptions, "record" | "resumed"> = {},
): Promise<readonly Outcome[]> {
  return fanOut(
    removals,
    removal => removal.host.region,
    limits,
    async removal => {
      const prior = resumed?.prior.get(removal.name)
      const step = stepName("remove", prior?.attempt ?? 1)
      const op = `${operation}/${step}/${removal.job}.${removal.instance}`
      const outcome =
        prior?.kind === "done"
          ? ({ ...aboutRemoval(removal), kind: "unchanged", note: DONE_BEFORE } as const)
          : inTruth(await removeOne(removal, data, cluster, op, effects, record), prior)
      told(outcome)
      record?.outcome(outcome)
      return outcome
    },
  )
}

function aboutRemoval({ host, name }: Removal): Subject {
  return { task: name, host: host.name, region: host.region, endpoint: endpointName(host.endpoint) }
}

async function removeOne(
  removal: Removal,
  data: boolean,
  cluster: Cluster,
  op: string,
  effects: DeployEffects,
  record: RunRecord | undefined,
): Promise<Outcome> {
  const { host, job, instance } = removal
  const about = aboutRemoval(removal)
  const { aborting, stopping } = effects.signals
  if (stopping.aborted) return { ...about, kind: "skipped", why: "the run was interrupted before it" }
  const agent = effects.agent(host)
  let maybeSent = (): boolean => false
  try {
    const { now, generations } = await agent.inspect(cluster.service, cluster.cluster, "", aborting)
    const key = { service: cluster.service, cluster: cluster.cluster, job, instance }
    const unnoted = await recordStep(record, about, { step: "remove", op })
    if (unnoted !== undefined) return { ...about, kind: "skipped", why: unnoted }
    const ifGeneration = generations[programName(key)] ?? 0
    const request = { ...key, op, notAfter: now + NOT_AFTER, ifGeneration, data }
    const sending = submission(() => agent.remove(request, aborting))
    maybeSent = sending.maybeSent
    await perform(sending.submit, op => agent.operation(op, aborting), STEP_DEADLINE, effects.clock, aborting)
    return { ...about, kind: "changed", note: data ? "removed, with its data" : "removed; its data stays" }
  } catch (error) {
    return troubleOfSubject(about, error, maybeSent())
  }
}

/** Why the tasks must not be removed, or undefined: some run, or cannot be asked. */
export function notStopped(views: readonly TaskView[]): string | undefined {
  const running = views.filter(
    view =>
      view.kind === "unreachable" ||
      (view.kind === "seen" &&
        view.processes.some(
          ({ pid, state, orphan }) => pid > 0 || state === "BACKOFF" || orphan !== undefined,
        )),
  )
  if (running.length === 0) return undefined
  return `nothing was touched: ${running.length} of ${views.length} tasks are not known to be stopped`
}

/** The outcomes of a removal that does not begin. */
export function refuseRemoval(views: readonly TaskView[], why: string): readonly Outcome[] {
  return views.map(({ task, host, region, endpoint, ...view }): Outcome => {
    const about = { task, host, region, endpoint }
    return view.kind === "unreachable"
      ? { ...about, kind: "unreachable", failure: view.failure, unknown: false }
      : { ...about, kind: "skipped", why }
  })
}
