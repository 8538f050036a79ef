import type { Host } from "../model/cluster.js"
import type { LeaseRequest, Sight } from "../model/lease.js"
import { onAbort } from "../model/on-abort.js"
import type { ProcessInfo } from "../model/process.js"
import { fanOut } from "./fan-out.js"
import { firstReason } from "./first-reason.js"
import type { LockEffects } from "./lock-effects.js"
import { findOut, type Grant, type LockRefusal, silence, takeOne } from "./lock-grant.js"
import { lookAll } from "./look-all.js"
import { meetingAt } from "./meeting.js"
import type { HostsSeen } from "./view.js"

/** The leases of a cluster that a run holds. */
export interface HeldLeases {
  /** Hosts whose agents hold one for this run. */
  readonly agents: readonly Host[]
  /** Hosts whose supervisor can hold none. */
  readonly stock: readonly Host[]
  /** Hosts that did not answer. */
  readonly silent: readonly Host[]
  /** What ran, right after the lock, on those hosts that were to be looked at. */
  readonly seen: HostsSeen
  /** Renews all of them until the signal fires; ends early with the reason when another run has one, or one was broken. */
  keep(signal: AbortSignal): Promise<string | undefined>
  /** Gives them back as far as hosts answer until the signal fires. `keep` must have ended. */
  release(signal: AbortSignal): Promise<void>
}

/** What came of asking for a lock. */
export type Taken<Lock> =
  | { readonly kind: "held"; readonly lock: Lock }
  | { readonly kind: "refused"; readonly refusal: LockRefusal }

/** How a cluster is asked for its lock. */
export interface Asked {
  /** Hosts of which the same call reads what runs there, and how much of it. */
  readonly look?: ReadonlyMap<Host, Sight> | undefined
  /** It was refused a moment ago: the other hosts are left alone until the first agent has said yes. */
  readonly again?: boolean | undefined
}

/**
 * Takes the lease on every host of a cluster, for a run. On any refusal all that was taken is given back.
 *
 * Two runs cannot both win while there is an agent that both reach: both ask it, and it says yes to one. They cannot wait for
 * each other for ever, because no run waits while it holds one. All go through the hosts in the same order and ask the first
 * agent alone, so that of two that begin together one is refused before it has taken anything; until then the others are only asked
 * what they are, and a stock supervisord need not be asked again. Where the first few hosts are silent or stock, two runs may refuse each
 * other: then neither changes anything. A host that does not answer cannot be changed either, as long as it does not; `keep` asks it
 * again. When the signal fires, no more hosts are asked: what was taken then must be given back.
 */
export async function takeLeases(
  hosts: readonly Host[],
  request: LeaseRequest,
  effects: LockEffects,
  signal: AbortSignal,
  { look = new Map(), again = false }: Asked = {},
): Promise<Taken<HeldLeases>> {
  const sorted = [...hosts].sort(byName)
  const began = effects.clock.now()
  const grants = new Map<Host, Grant>()
  let refused = false
  // What only asks a host what it is ends with the first refusal, or that would take as long as the slowest of them.
  const asking = new AbortController()
  const forget = onAbort(signal, () => asking.abort())
  const take = async (host: Host, patience?: number): Promise<void> => {
    if (refused || signal.aborted) return
    note(host, await takeOne(host, request, effects, signal, { look: look.get(host), patience }))
  }
  const note = (host: Host, grant: Grant): void => {
    grants.set(host, laterOf(grants.get(host), grant))
    if (grant.kind === "refused") {
      refused = true
      asking.abort()
    }
    if (grant.kind === "silent") throw grant.error
  }
  const firsts = sorted.slice(0, ASKED_FIRST)
  const meeting = meetingAt(firsts, agent => take(agent).catch(silence))
  const agents: Host[] = []
  const askOrTake = async (host: Host, patience?: number): Promise<void> => {
    if (meeting.isOver()) return take(host, patience)
    if (refused || signal.aborted) return
    const found = await findOut(host, request, effects, asking.signal, { look: look.get(host), patience })
    if (found.kind === "agent") agents.push(host)
    await meeting.found(host, found.kind === "agent")
    if (found.kind !== "agent") note(host, found)
  }
  const lookAtAll = (those: readonly Host[], ask: (host: Host, patience?: number) => Promise<void>) =>
    lookAll(those, host => host.region, effects.limits, effects.clock, ask)
  if (again) await lookAtAll(firsts, askOrTake)
  await lookAtAll(again ? sorted.slice(ASKED_FIRST) : sorted, askOrTake)
  forget()
  await lookAtAll(
    agents.filter(host => !grants.has(host)),
    take,
  )
  // Where many are silent, what was taken first may have lapsed meanwhile, and another run may have it.
  if (effects.clock.now() - began >= effects.renewEvery) {
    const taken = sorted.filter(host => grants.get(host)?.kind === "held")
    await lookAtAll(taken, take)
  }
  const seen = { since: began, processes: processesIn(grants) }
  const leases = heldLeases(sorted, grants, seen, request, effects)
  const [refusal] = sorted.map(host => grants.get(host)).filter(grant => grant?.kind === "refused")
  if (refusal === undefined) return { kind: "held", lock: leases }
  await leases.release(AbortSignal.timeout(RELEASE_TIME))
  return { kind: "refused", refusal: refusal.refusal }
}

/** What is known of a host that was asked again: its answer to either may have been lost, and what it gave it may still hold. */
function laterOf(before: Grant | undefined, grant: Grant): Grant {
  if (grant.kind !== "silent") return grant
  if (before?.kind === "held") return before
  if (before?.kind !== "silent") return grant
  return { ...grant, maybe: before.maybe || grant.maybe }
}

/** Milliseconds that giving leases back may take: what is not given back lapses by itself. */
export const RELEASE_TIME = 2_000

/** So many may be silent or stock, and two runs that begin together still meet at one agent first. */
const ASKED_FIRST = 3

function heldLeases(
  hosts: readonly Host[],
  grants: ReadonlyMap<Host, Grant>,
  seen: HostsSeen,
  request: LeaseRequest,
  effects: LockEffects,
): HeldLeases {
  const those = (kind: Grant["kind"]): readonly Host[] =>
    hosts.filter(host => grants.get(host)?.kind === kind)
  const agents = those("held")
  const silent = those("silent")
  // One that came back meanwhile may have given its lease late; unlocking what is not held is no error.
  const late = new Set<Host>()
  return {
    agents,
    stock: those("stock"),
    silent,
    seen,
    // Apart, so that hosts that are down do not hold up the renewal of the others until these lapse.
    keep: signal =>
      firstReason(
        [
          ended => renew(agents, request, effects, ended),
          ended => renew(silent, request, effects, ended, host => late.add(host)),
        ],
        signal,
      ),
    release: async signal => {
      const { service, cluster, run } = request
      const maybe = silent.filter(host => {
        const grant = grants.get(host)
        return late.has(host) || (grant?.kind === "silent" && grant.maybe)
      })
      const unlock = (host: Host): Promise<void> =>
        effects.leases(host).unlock({ service, cluster, run }, signal).catch(silence)
      await fanOut([...agents, ...maybe], host => host.region, effects.limits, unlock)
    },
  }
}

function processesIn(grants: ReadonlyMap<Host, Grant>): HostsSeen["processes"] {
  const seen = new Map<Host, readonly ProcessInfo[]>()
  for (const [host, grant] of grants)
    if ((grant.kind === "held" || grant.kind === "stock") && grant.processes) seen.set(host, grant.processes)
  return seen
}

/** Asks the hosts again and again, until the signal fires or one of them refuses: then the reason. */
async function renew(
  hosts: readonly Host[],
  request: LeaseRequest,
  effects: LockEffects,
  signal: AbortSignal,
  mayHold: (host: Host) => void = () => {},
): Promise<string | undefined> {
  let lost: string | undefined
  while (lost === undefined) {
    await effects.clock.sleep(effects.renewEvery, signal)
    if (signal.aborted) return undefined
    const ask = async (host: Host, patience?: number): Promise<void> => {
      if (signal.aborted) return
      const grant = await takeOne(host, request, effects, signal, { patience })
      if (grant.kind === "held" || (grant.kind === "silent" && grant.maybe)) mayHold(host)
      if (grant.kind === "refused") lost ??= `${grant.refusal.where}: ${grant.refusal.said}`
      if (grant.kind === "silent") throw grant.error
    }
    // A region that is down must not hold up the next renewal of the others until these lapse.
    await lookAll(hosts, host => host.region, effects.limits, effects.clock, ask)
  }
  return lost
}

/** By code units and not by the language of the operator: every run must come to the same order. */
function byName(a: Host, b: Host): number {
  if (a.name === b.name) return 0
  return a.name < b.name ? -1 : 1
}
