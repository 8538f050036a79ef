import type { BreakRequest, Holder, LeaseRequest, StandingLease, UnlockRequest } from "../model/lease.js"
import type { Fault } from "../rpc/method.js"
import { deploymentFault } from "./faults.js"

/** The leases of an agent: one for a cluster, held by one run. Kept in memory only: after a restart the next renewal takes it again. */
export interface Leases {
  /**
   * Takes the lease for a run, or renews it. Throws LOCKED while another run holds it, and for a run whose lease was broken or that
   * was gone on with by a later process: the one that began last may have it.
   */
  take(request: LeaseRequest): void
  /** Gives back the lease of a run; none of its own is no error. */
  release(request: UnlockRequest): void
  /** Takes a run's lease away, and lets that run take none any more; false when it is not that run's. */
  break(request: BreakRequest): boolean
  /** The lease that stands, or undefined. */
  standing(service: string, cluster: string): StandingLease | undefined
  /** The fault LOCKED when the operation is of a run that may not change the cluster, else undefined. */
  refusal(change: ChangeOfCluster): Fault | undefined
}

/** What is known of a change before it is made. The run is what stands in `op` before the first slash. */
export interface ChangeOfCluster {
  readonly service: string
  readonly cluster: string
  readonly op: string
}

interface Lease {
  readonly holder: Holder
  readonly since: number
  readonly until: number
}

// A run whose lease was broken asks again within seconds; so many are never broken meanwhile.
const BROKEN_KEPT = 1_000

/** `now` gives milliseconds that only grow, so that no jump of the wall clock ends a lease or prolongs it; so long lives a lease, in seconds. */
export function leases(now: () => number, seconds: number): Leases {
  const held = new Map<string, Lease>()
  /** Why a run may take no lease any more. */
  const broken = new Map<string, string>()
  /** Who took a lease last and has not given it back: it may have lapsed since. */
  const lastTaker = new Map<string, Holder>()
  /** When the process of such a run had begun. */
  const brokenSince = new Map<string, string>()

  const live = (key: string): Lease | undefined => {
    const lease = held.get(key)
    if (lease === undefined || lease.until > now()) return lease
    held.delete(key)
    return undefined
  }
  const refusal = (key: string, run: string): Fault | undefined => {
    const why = broken.get(run)
    if (why !== undefined) return deploymentFault("LOCKED", why)
    const lease = live(key)
    return lease === undefined || lease.holder.run === run ? undefined : locked(key, lease, now())
  }

  const shut = ({ run, since }: Holder, why: string): void => {
    brokenSince.set(run, since)
    broken.set(run, why)
    const [oldest] = broken.keys()
    if (broken.size <= BROKEN_KEPT || oldest === undefined) return
    broken.delete(oldest)
    brokenSince.delete(oldest)
  }

  return {
    take: ({ service, cluster, ...holder }) => {
      // A run that is gone on with by a later process was not broken: that one may hold it.
      if (isLater(holder.since, brokenSince.get(holder.run))) {
        broken.delete(holder.run)
        brokenSince.delete(holder.run)
      }
      const key = keyOf(service, cluster)
      const refused = refusal(key, holder.run)
      if (refused) throw refused
      // Names come from callers: what nobody asks for any more must not stay for ever.
      for (const other of held.keys()) live(other)
      const lease = live(key)
      if (lease !== undefined && isLater(lease.holder.since, holder.since)) throw locked(key, lease, now())
      // Another run was at work meanwhile, so what the lapsed one planned may not hold any more.
      const lapsed = lastTaker.get(key)
      if (lapsed && lapsed.run !== holder.run)
        shut(lapsed, `the lease of ${lapsed.run} lapsed, and ${holder.run} took it`)
      lastTaker.set(key, holder)
      const at = now()
      held.set(key, { holder, since: lease?.since ?? at, until: at + seconds * 1_000 })
    },
    release: ({ service, cluster, run }) => {
      const key = keyOf(service, cluster)
      if (lastTaker.get(key)?.run === run) lastTaker.delete(key)
      if (live(key)?.holder.run === run) held.delete(key)
    },
    break: ({ service, cluster, run, reason, who }) => {
      const key = keyOf(service, cluster)
      const lease = live(key)
      if (lease === undefined || lease.holder.run !== run) return false
      held.delete(key)
      shut(lease.holder, `the lock of ${run} was released by ${who}: ${reason}`)
      return true
    },
    standing: (service, cluster) => {
      const lease = live(keyOf(service, cluster))
      if (lease === undefined) return undefined
      return {
        ...lease.holder,
        age: Math.floor((now() - lease.since) / 1_000),
        left: secondsLeft(lease, now()),
      }
    },
    refusal: ({ service, cluster, op }) => refusal(keyOf(service, cluster), runOf(op)),
  }
}

/** The run of an operation: `d-20261122-101500-x7f2` of `d-20261122-101500-x7f2/activate/web.3`. */
export function runOf(op: string): string {
  return op.split("/", 1)[0] as string
}

/** False when there is nothing to compare with. Both times come from the machine that the run is on. */
function isLater(time: string, than: string | undefined): boolean {
  return than !== undefined && Date.parse(time) > Date.parse(than)
}

function keyOf(service: string, cluster: string): string {
  return `${service}/${cluster}`
}

function secondsLeft({ until }: Lease, now: number): number {
  return Math.ceil((until - now) / 1_000)
}

function locked(key: string, lease: Lease, now: number): Fault {
  const { run, who, from, command, since } = lease.holder
  return deploymentFault(
    "LOCKED",
    `${run} holds ${key}: ${command}, by ${who} from ${from} since ${since}; it lapses in ${secondsLeft(lease, now)} s`,
  )
}
