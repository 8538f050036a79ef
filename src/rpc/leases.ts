import { CallError } from "../model/failure.js"
import type { BreakRequest, LeaseRequest, StandingLease, UnlockRequest } from "../model/lease.js"
import { unexpected } from "./classify.js"
import type { CallOptions, Proxy } from "./proxy.js"
import { isStruct, type XmlRpcStruct, type XmlRpcValue } from "./value.js"

export type LeaseOptions = Pick<CallOptions, "signal" | "timeout">

/** The methods of an agent that keep a cluster to one run. All throw a CallError. */
export interface LeaseCalls {
  /** Takes the lease or renews it; the fault LOCKED says who holds it. */
  lock(request: LeaseRequest, options?: LeaseOptions): Promise<void>
  unlock(request: UnlockRequest, options?: LeaseOptions): Promise<void>
  /** False when the lease is not that run's. */
  breakLock(request: BreakRequest, options?: LeaseOptions): Promise<boolean>
  /** Who holds a cluster, in words that come from elsewhere: make them safe before a terminal sees them. */
  locks(service: string, cluster: string, options?: LeaseOptions): Promise<StandingLease | undefined>
}

export function leaseCalls(proxy: Proxy): LeaseCalls {
  const call = (method: string, params: readonly XmlRpcValue[], options?: LeaseOptions) =>
    proxy.call(`deployment.${method}`, params, options)
  const wrong = (method: string): CallError =>
    new CallError(
      unexpected(`deployment.${method} answered with something else than an agent does`, proxy.endpoint),
    )
  return {
    lock: async (request, options) => {
      const value = await call("lock", [{ ...request }], options)
      if (!isStruct(value) || value.held !== true) throw wrong("lock")
    },
    // What else a caller's objects hold, the agent would refuse.
    unlock: async ({ service, cluster, run }, options) => {
      await call("unlock", [{ service, cluster, run }], options)
    },
    breakLock: async ({ service, cluster, run, reason, who }, options) => {
      const value = await call("breakLock", [{ service, cluster, run, reason, who }], options)
      if (typeof value !== "boolean") throw wrong("breakLock")
      return value
    },
    locks: async (service, cluster, options) => {
      const value = await call("locks", [service, cluster], options)
      if (isStruct(value) && value.held === false) return undefined
      if (!isStruct(value) || !isLease(value)) throw wrong("locks")
      const { run, who, from, command, since, age, left } = value
      return { run, who, from, command, since, age, left }
    },
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
