import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type {
  AgentOrSeen,
  BreakRequest,
  LeaseRequest,
  LockedAndSeen,
  Sight,
  StandingLease,
  UnlockRequest,
} from "../model/lease.js"
import type { ProcessInfo } from "../model/process.js"
import { remembered, rememberedOf } from "../model/remembered.js"
import { notAsAgent } from "./classify.js"
import { type Both, both, callBoth, type Part } from "./multicall.js"
import { readProcessInfo, readProcessInfos, ShapeError } from "./process-info.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

export type LeaseOptions = Pick<CallOptions, "signal" | "timeout">

// The methods of an agent that keep a cluster to one run. All throw a CallError.

/** Takes the lease or renews it; the fault LOCKED says who holds it. */
export async function lock(proxy: Proxy, request: LeaseRequest, options?: LeaseOptions): Promise<void> {
  mustBeHeld(proxy, await call(proxy, "lock", [{ ...request }], options))
}

/** The same, and reads processes of the host right after it, by one request. */
export async function lockAndLook(
  proxy: Proxy,
  request: LeaseRequest,
  look: Sight,
  options: LeaseOptions = {},
): Promise<LockedAndSeen> {
  const [locked, infos] = await callBoth(proxy, locking(request)(look), options)
  const refused = locked instanceof CallError ? locked : undefined
  if (!(locked instanceof CallError)) mustBeHeld(proxy, locked)
  return { refused, processes: infos instanceof CallError ? undefined : processesIn(infos) }
}

// What else a caller's objects hold, the agent would refuse.
export async function unlock(
  proxy: Proxy,
  { service, cluster, run }: UnlockRequest,
  options?: LeaseOptions,
): Promise<void> {
  await call(proxy, "unlock", [{ service, cluster, run }], options)
}

/** False when the lease is not that run's. */
export async function breakLock(
  proxy: Proxy,
  { service, cluster, run, reason, who }: BreakRequest,
  options?: LeaseOptions,
): Promise<boolean> {
  const value = await call(proxy, "breakLock", [{ service, cluster, run, reason, who }], options)
  if (typeof value !== "boolean") throw notAsAgent(proxy.endpoint, "breakLock")
  return value
}

/** Who holds a cluster, in words that come from elsewhere: make them safe before a terminal sees them. */
export async function locks(
  proxy: Proxy,
  service: string,
  cluster: string,
  options?: LeaseOptions,
): Promise<StandingLease | undefined> {
  const value = await call(proxy, "locks", [service, cluster], options)
  if (isStruct(value) && value.held === false) return undefined
  if (!isStruct(value) || !isLease(value)) throw notAsAgent(proxy.endpoint, "locks")
  const { run, who, from, command, since, age, left } = value
  return { run, who, from, command, since, age, left }
}

/** Whether it is an agent, or else what runs there. */
export async function locksAndLook(
  proxy: Proxy,
  request: LeaseRequest,
  look: Sight,
  options: LeaseOptions = {},
): Promise<AgentOrSeen> {
  const [standing, infos] = await callBoth(proxy, asking(request)(look), options)
  if (!(standing instanceof CallError)) return { kind: "agent" }
  if (standing.failure.faultCode !== FAULT.UNKNOWN_METHOD) throw standing
  return { kind: "stock", processes: infos instanceof CallError ? undefined : processesIn(infos) }
}

function call(
  proxy: Proxy,
  method: string,
  params: readonly XmlRpcValue[],
  options?: LeaseOptions,
): Promise<XmlRpcValue> {
  return proxy.call(`deployment.${method}`, params, options)
}

function mustBeHeld(proxy: Proxy, value: XmlRpcValue): void {
  if (!isStruct(value) || value.held !== true) throw notAsAgent(proxy.endpoint, "lock")
}

// All hosts of a run are sent the same request, and looked at in few ways.
const locking = rememberedOf((request: LeaseRequest) =>
  withLook({ method: "deployment.lock", params: [{ ...request }], givesArray: false }),
)
const asking = rememberedOf(({ service, cluster }: LeaseRequest) =>
  withLook({ method: "deployment.locks", params: [service, cluster], givesArray: false }),
)

function withLook(part: Part): (look: Sight) => Both {
  const all = both(part, { method: "supervisor.getAllProcessInfo", params: [], givesArray: true })
  const atOne = remembered({ most: 64, longest: 256 }, name =>
    both(part, { method: "supervisor.getProcessInfo", params: [name], givesArray: false }),
  )
  return look => (look === "all" ? all : atOne(look.process))
}

/** Whoever needs them asks again, and says then what is wrong with the answer. */
function processesIn(infos: XmlRpcValue): readonly ProcessInfo[] | undefined {
  try {
    return Array.isArray(infos) ? readProcessInfos(infos) : [readProcessInfo(infos, "getProcessInfo")]
  } catch (error) {
    if (error instanceof ShapeError) return undefined
    throw error
  }
}

function isLease(value: XmlRpcStruct): value is XmlRpcStruct & StandingLease {
  const { run, who, from, command, since, age, left } = value
  return (
    [run, who, from, command, since].every(text => typeof text === "string") &&
    typeof age === "number" &&
    typeof left === "number"
  )
}
