import type { Host } from "../model/cluster.js"
import type {
  AgentOrSeen,
  BreakRequest,
  LeaseRequest,
  LockedAndSeen,
  Sight,
  StandingLease,
  UnlockRequest,
} from "../model/lease.js"
import type { Clock } from "./clock.js"
import type { FanOut } from "./fan-out.js"

/** The leases of one host's agent. Every method rejects with a CallError only; a supervisor that has none answers UNKNOWN_METHOD. */
export interface HostLeases {
  /** `patience` in milliseconds, where it shall not wait as long as it would. */
  lock(request: LeaseRequest, signal: AbortSignal, patience?: number): Promise<void>
  /** The same, and reads processes of the host as well. */
  lockAndLook(
    request: LeaseRequest,
    look: Sight,
    signal: AbortSignal,
    patience?: number,
  ): Promise<LockedAndSeen>
  unlock(request: UnlockRequest, signal: AbortSignal): Promise<void>
  /** False when the lease is not that run's. */
  breakLock(request: BreakRequest, signal: AbortSignal): Promise<boolean>
  locks(
    service: string,
    cluster: string,
    signal: AbortSignal,
    patience?: number,
  ): Promise<StandingLease | undefined>
  /** Whether there are leases at all, and the processes of a host that has none. */
  locksAndLook(
    request: LeaseRequest,
    look: Sight,
    signal: AbortSignal,
    patience?: number,
  ): Promise<AgentOrSeen>
}

/** What locking a cluster may do to the world. */
export interface LockEffects {
  readonly leases: (host: Host) => HostLeases
  readonly clock: Clock
  readonly limits: FanOut
  /** Milliseconds from one renewal to the next. */
  readonly renewEvery: number
}
