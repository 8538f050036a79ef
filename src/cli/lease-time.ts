import { LEASE_SECONDS, RENEW_SECONDS } from "../model/lease.js"

type Env = Readonly<Record<string, string | undefined>>

/** Seconds that a lease of this agent lives. Tests have no minute: with MINOS_TEST=1, MINOS_LEASE_SECONDS says so. */
export function leaseSeconds({ MINOS_TEST, MINOS_LEASE_SECONDS }: Env): number {
  return (MINOS_TEST === "1" && Number(MINOS_LEASE_SECONDS)) || LEASE_SECONDS
}

/** Milliseconds from one renewal to the next: the same share of a lease's life, however long that is. */
export function renewEvery(env: Env): number {
  return (leaseSeconds(env) * RENEW_SECONDS * 1_000) / LEASE_SECONDS
}
