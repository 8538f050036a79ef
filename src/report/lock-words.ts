import type { Holder } from "../model/lease.js"
import { printable } from "../model/visible.js"

/** `d-20261122-101500-x7f2 by ann from ops-1 since 2026-11-22T10:15:00Z: minos deploy`, whoever said it, on one line. */
export function holderText({ run, who, from, since, command }: Holder): string {
  const whose = `${printable(run, 100)} by ${printable(who)} from ${printable(from)} since ${printable(since)}`
  return `${whose}: ${printable(command, LONGEST_COMMAND)}`
}

const LONGEST_COMMAND = 200

/** How many hosts of a cluster gave which answer to a run that locks it. */
export interface LockCounts {
  readonly agents: number
  readonly stock: number
  readonly silent: number
}

/** What an operator must know where not every host holds the lock, or undefined. */
export function lockWarning({ agents, stock, silent }: LockCounts): string | undefined {
  const total = agents + stock + silent
  const hosts = total === 1 ? "host" : "hosts"
  const onlyHere = "only your other runs on this machine are kept out"
  if (stock > 0) {
    const runs = stock === 1 ? "runs" : "run"
    const lockless = `${stock} of ${total} ${hosts} ${runs} stock supervisord, which can hold no lock`
    if (agents === 0) return `${lockless}: ${onlyHere}`
    return `${lockless}: runs on other machines are kept out by the ${agents === 1 ? "agent of 1 host" : `agents of ${agents} hosts`} alone`
  }
  if (agents > 0) return undefined
  return `of ${total} ${hosts} none answered, so none holds the lock: ${onlyHere}`
}
