import type { Host } from "../model/cluster.js"
import { DEPLOYMENT_FAULT } from "../model/deployment.js"
import { CallError } from "../model/failure.js"
import type { Holder, LeaseRequest } from "../model/lease.js"
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
  | { readonly kind: "held" }
  | { readonly kind: "stock" }
  | { readonly kind: "silent"; readonly maybe: boolean }
  | { readonly kind: "refused"; readonly refusal: LockRefusal }

/** What a supervisor answers that knows no leases. */
export const UNKNOWN_METHOD = 1

/** Takes or renews the lease of one host. */
export async function takeOne(
  host: Host,
  request: LeaseRequest,
  { leases }: LockEffects,
  signal: AbortSignal,
): Promise<Grant> {
  const { service, cluster } = request
  try {
    await leases(host).lock(request, signal)
    return { kind: "held" }
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const { failure } = error
    if (failure.faultCode === UNKNOWN_METHOD) return { kind: "stock" }
    if (failure.faultCode !== DEPLOYMENT_FAULT.LOCKED)
      return { kind: "silent", maybe: failure.maybeDelivered }
    const holder = await leases(host).locks(service, cluster, signal).catch(silence)
    return { kind: "refused", refusal: { holder, where: host.name, said: failure.message } }
  }
}

/** Takes no answer for an answer; for asking that may fail. */
export function silence(error: unknown): undefined {
  if (!(error instanceof CallError)) throw error
}
