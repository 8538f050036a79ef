import type { Host } from "../model/cluster.js"
import * as calls from "../rpc/leases.js"
import { systemClock } from "../run/clock.js"
import type { FanOut } from "../run/fan-out.js"
import type { HostLeases, LockEffects } from "../run/lock-effects.js"
import { renewEvery } from "./lease-time.js"
import type { Reach } from "./reach.js"

/** The real world for locking a cluster: the agents of its hosts, and this machine's clock. */
export function realLockEffects(limits: FanOut, reach: Reach): LockEffects {
  const leases = (host: Host): HostLeases => hostLeases(host, reach)
  return { leases, clock: systemClock, limits, renewEvery: renewEvery(process.env) }
}

function hostLeases(host: Host, reach: Reach): HostLeases {
  const proxy = reach.proxyTo(host)
  return {
    lock: (request, signal, timeout) => calls.lock(proxy, request, { signal, timeout }),
    lockAndLook: (request, look, signal, timeout) =>
      calls.lockAndLook(proxy, request, look, { signal, timeout }),
    unlock: (request, signal) => calls.unlock(proxy, request, { signal }),
    breakLock: (request, signal) => calls.breakLock(proxy, request, { signal }),
    locks: (service, cluster, signal, timeout) => calls.locks(proxy, service, cluster, { signal, timeout }),
    locksAndLook: (request, look, signal, timeout) =>
      calls.locksAndLook(proxy, request, look, { signal, timeout }),
  }
}
