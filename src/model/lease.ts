import type { CallError } from "./failure.js"
import type { ProcessInfo } from "./process.js"

/** Who changes a cluster: what a second run is told. All of it is for reading; only `run` is compared. */
export interface Holder {
  /** Id of the run, which is that of its operation: `d-20261122-101500-x7f2`. */
  readonly run: string
  /** The operator's user name. */
  readonly who: string
  /** The machine that the run was started on. */
  readonly from: string
  /** The command line. */
  readonly command: string
  /** When it began, ISO 8601 in UTC. */
  readonly since: string
}

/** One writer for a cluster, as an agent holds it: gone when it was not renewed for `LEASE_SECONDS` on the agent's own clock. */
export interface LeaseRequest extends Holder {
  readonly service: string
  readonly cluster: string
}

/** Seconds that a lease lives without being renewed. */
export const LEASE_SECONDS = 60

/** Seconds from one renewal to the next. */
export const RENEW_SECONDS = 15

/** A lease as an agent tells it to whoever asks. Seconds are those of the agent's own monotonic clock. */
export interface StandingLease extends Holder {
  /** Seconds since the run took it. */
  readonly age: number
  /** Seconds until it lapses, unless it is renewed. */
  readonly left: number
}

/** A run gives its own lease back. */
export interface UnlockRequest {
  readonly service: string
  readonly cluster: string
  readonly run: string
}

/** Somebody takes the lease of a run away. */
export interface BreakRequest extends UnlockRequest {
  readonly reason: string
  /** Who breaks it, and from where: `ann from ops-1`. */
  readonly who: string
}

/** What is read of a host by the call that asks for its lease: one process by its name, or all of them. */
export type Sight = { readonly process: string } | "all"

/** What came of a lock and a look by one call. */
export interface LockedAndSeen {
  /** What refused the lock, or undefined when it is held. */
  readonly refused: CallError | undefined
  /** Undefined when they could not be read. */
  readonly processes: readonly ProcessInfo[] | undefined
}

/** What is behind an address, by one call that changes nothing: an agent, or a stock supervisord with what it runs, where that could be read. */
export type AgentOrSeen =
  | { readonly kind: "agent" }
  | { readonly kind: "stock"; readonly processes: readonly ProcessInfo[] | undefined }
