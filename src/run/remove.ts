import type { Cluster, Host } from "../model/cluster.js"
import { type OperationState, programName, type RemoveRequest } from "../model/deployment.js"
import { endpointName } from "../model/endpoint.js"
import { CallError } from "../model/failure.js"
import type { Outcome, Subject } from "../model/outcome.js"
import type { DeployEffects } from "./deploy-effects.js"
import { type FanOut, fanOut } from "./fan-out.js"
import { perform } from "./operation.js"
import { NOT_AFTER, STEP_DEADLINE, troubleOfSubject } from "./staging.js"

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
): Promise<readonly Outcome[]> {
  return fanOut(
    removals,
    removal => removal.host.region,
    limits,
    async removal => {
      const outcome = await removeOne(removal, data, cluster, operation, effects)
      told(outcome)
      return outcome
    },
  )
}

async function removeOne(
  { host, job, instance, name }: Removal,
  data: boolean,
  cluster: Cluster,
  operation: string,
  effects: DeployEffects,
): Promise<Outcome> {
  const about: Subject = {
    task: name,
    host: host.name,
    region: host.region,
    endpoint: endpointName(host.endpoint),
  }
  const { aborting, stopping } = effects.signals
  if (stopping.aborted) return { ...about, kind: "skipped", why: "the run was interrupted before it" }
  const agent = effects.agent(host)
  let sent = false
  const submit = async (request: RemoveRequest): Promise<OperationState> => {
    try {
      const state = await agent.remove(request, aborting)
      sent = true
      return state
    } catch (error) {
      if (error instanceof CallError && error.failure.maybeDelivered) sent = true
      throw error
    }
  }
  try {
    const { now, generations } = await agent.inspect(cluster.service, cluster.cluster, "", aborting)
    const key = { service: cluster.service, cluster: cluster.cluster, job, instance }
    const request = {
      ...key,
      op: `${operation}/remove/${job}.${instance}`,
      notAfter: now + NOT_AFTER,
      ifGeneration: generations[programName(key)] ?? 0,
      data,
    }
    await perform(
      () => submit(request),
      op => agent.operation(op, aborting),
      STEP_DEADLINE,
      effects.clock,
      aborting,
    )
    return { ...about, kind: "changed", note: data ? "removed, with its data" : "removed; its data stays" }
  } catch (error) {
    return troubleOfSubject(about, error, sent)
  }
}
