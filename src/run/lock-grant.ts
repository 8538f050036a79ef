import type { Host } from "../model/cluster.js"
import { DEPLOYMENT_FAULT } from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import { FAULT } from "../model/fault.js"
import type { Holder, LeaseRequest, LockedAndSeen, Sight } from "../model/lease.js"
import type { ProcessInfo } from "../model/process.js"
import type { LockEffects } from "./lock-effects.js"

/** Who is in the way. */
export interface LockRefusal {
  /** Undefined when it gave the lease back before it could be asked about, or when this run's own was broken. */
  readonly holder: Holder | undefined
  /** The host whose agent refused, or this machine. */
  readonly where: string
  /** One line: what the agent said, or which file it is. */
  readonly said: string
}

/** What asking a host for its lease came to. `maybe`: it may hold one, and its answer was lost. */
export type Grant =
  | { readonly kind: "held"; readonly processes?: readonly ProcessInfo[] | undefined }
  | { readonly kind: "stock"; readonly processes?: readonly ProcessInfo[] | undefined }
  | { readonly kind: "silent"; readonly maybe: boolean; readonly error: CallError }
  | { readonly kind: "refused"; readonly refusal: LockRefusal }

/** How one host is asked. */
export interface Asking {
  /** What is read of it as well. */
  readonly look?: Sight | undefined
  /** Milliseconds, where it shall not be waited for as long as it would. */
  readonly patience?: number | undefined
}

/** Takes or renews the lease of one host. */
export async function takeOne(
  host: Host,
  request: LeaseRequest,
  { leases }: LockEffects,
  signal: AbortSignal,
  { look, patience }: Asking = {},
): Promise<Grant> {
  const { service, cluster } = request
  const { refused, processes } = await (look
    ? leases(host).lockAndLook(request, look, signal, patience)
    : leases(host)
        .lock(request, signal, patience)
        .then(() => HELD)
  ).catch((error: unknown) => {
    if (error instanceof CallError) return { refused: error, processes: undefined }
    throw error
  })
  if (!refused) return { kind: "held", processes }
  const { faultCode, maybeDelivered, message } = refused.failure
  if (faultCode === FAULT.UNKNOWN_METHOD) return { kind: "stock", processes }
  if (faultCode !== DEPLOYMENT_FAULT.LOCKED) return { kind: "silent", maybe: maybeDelivered, error: refused }
  const holder = await leases(host).locks(service, cluster, signal).catch(silence)
  return { kind: "refused", refusal: { holder, where: host.name, said: message } }
}

/** What a host is found to be: an agent, of which nothing is taken yet, or what asking it for its lease would come to. */
export type Found = { readonly kind: "agent" } | Extract<Grant, { kind: "stock" | "silent" }>

/** Asks a host whether it has leases, and takes none. */
export async function findOut(
  host: Host,
  request: LeaseRequest,
  { leases }: LockEffects,
  signal: AbortSignal,
  { look, patience }: Asking = {},
): Promise<Found> {
  const { service, cluster } = request
  try {
    if (look) return await leases(host).locksAndLook(request, look, signal, patience)
    await leases(host).locks(service, cluster, signal, patience)
    return { kind: "agent" }
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    return error.failure.faultCode === FAULT.UNKNOWN_METHOD
      ? { kind: "stock" }
      : { kind: "silent", maybe: false, error }
  }
}

const HELD: LockedAndSeen = { refused: undefined, processes: undefined }

/** Takes no answer for an answer; for asking that may fail. */
export function silence(error: unknown): undefined {
  if (!(error instanceof CallError)) throw error
}
