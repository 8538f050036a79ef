import type { Host } from "./cluster.js"
import type { CallFailure } from "./failure.js"
import type { Holder, StandingLease } from "./lease.js"

/** What a host says of the lock of a cluster. */
export type HostLock =
  | { readonly kind: "held"; readonly host: Host; readonly lease: StandingLease }
  | { readonly kind: "free"; readonly host: Host }
  | { readonly kind: "stock"; readonly host: Host }
  | { readonly kind: "silent"; readonly host: Host; readonly failure: CallFailure }

/** A lease that somebody took away, or could not. */
export type Broken =
  | { readonly kind: "released"; readonly host: Host; readonly run: string }
  /** It was given back, or taken by another run, a moment before. */
  | { readonly kind: "gone"; readonly host: Host; readonly run: string }
  | { readonly kind: "silent"; readonly host: Host; readonly failure: CallFailure }

/** What stands in the lock file of a cluster on this machine. */
export interface FileLock extends Holder {
  readonly pid: number
  /** `dead`: the next run takes it over. `elsewhere`: the folder is shared with another machine, and nothing is known of the process. */
  readonly owner: "lives" | "dead" | "elsewhere"
}
