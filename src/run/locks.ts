import type { Host } from "../model/cluster.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Broken, HostLock } from "../model/host-lock.js"
import { fanOut } from "./fan-out.js"
import type { LockEffects } from "./lock-effects.js"

/** What names a cluster to an agent. */
export interface ClusterName {
  readonly service: string
  readonly cluster: string
}

/** Asks hosts who holds the lock, side by side; one answer for each, in their order. */
export function readLocks(
  hosts: readonly Host[],
  { service, cluster }: ClusterName,
  { leases, limits }: Pick<LockEffects, "leases" | "limits">,
  signal: AbortSignal,
): Promise<readonly HostLock[]> {
  return fanOut(
    hosts,
    host => host.region,
    limits,
    async (host): Promise<HostLock> => {
      try {
        const lease = await leases(host).locks(service, cluster, signal)
        return lease === undefined ? { kind: "free", host } : { kind: "held", host, lease }
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        const { failure } = error
        return failure.faultCode === FAULT.UNKNOWN_METHOD
          ? { kind: "stock", host }
          : { kind: "silent", host, failure }
      }
    },
  )
}

/** Takes leases away from the runs that were seen to hold them, side by side. */
export function breakLocks(
  held: readonly Extract<HostLock, { kind: "held" }>[],
  about: ClusterName & { readonly reason: string; readonly who: string },
  { leases, limits }: Pick<LockEffects, "leases" | "limits">,
  signal: AbortSignal,
): Promise<readonly Broken[]> {
  return fanOut(
    held,
    ({ host }) => host.region,
    limits,
    async ({ host, lease: { run } }): Promise<Broken> => {
      try {
        const released = await leases(host).breakLock({ ...about, run }, signal)
        return { kind: released ? "released" : "gone", host, run }
      } catch (error) {
        if (!(error instanceof CallError)) throw error
        return { kind: "silent", host, failure: error.failure }
      }
    },
  )
}
