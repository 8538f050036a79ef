import { setMaxListeners } from "node:events"
import fc from "fast-check"
import { expect, test } from "vitest"
import { leases } from "../../src/agent/leases.js"
import type { Host } from "../../src/model/cluster.js"
import { CallError } from "../../src/model/failure.js"
import type { LeaseRequest, LockedAndSeen } from "../../src/model/lease.js"
import { Fault } from "../../src/rpc/method.js"
import { takeLeases } from "../../src/run/lock.js"
import type { HostLeases, LockEffects } from "../../src/run/lock-effects.js"
import { fakeHost } from "../support/fleet.js"
import { callError, faultError } from "../support/simulated-call.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal
const SHOP = { service: "shop", cluster: "test" }
const TIMEOUT = 5_000

/** What a host is: `deaf`, an agent that answers reads and hangs at a lock; `changing`, an agent that is a stock supervisord from its second call on. */
const KINDS = ["agent", "agent", "stock", "dead", "hanging", "deaf", "changing"] as const
type Kind = (typeof KINDS)[number]

interface Given {
  readonly kinds: readonly Kind[]
  /** Which hosts are looked at. */
  readonly looked: readonly boolean[]
  readonly total: number
  /** Milliseconds of each call in turn. */
  readonly latencies: readonly number[]
  /** Which hosts a run cannot reach, for each run. */
  readonly blind: readonly (readonly boolean[])[]
  readonly again: boolean
  /** When each run begins. */
  readonly begins: readonly number[]
  /** When the first run is interrupted. */
  readonly stops: number | undefined
}

const given: fc.Arbitrary<Given> = fc.record({
  kinds: fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 8 }),
  looked: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  total: fc.constantFrom(1, 2, 3, 10),
  latencies: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 }),
  blind: fc.array(
    fc.array(
      fc.nat(9).map(n => n === 0),
      { minLength: 8, maxLength: 8 },
    ),
    { minLength: 3, maxLength: 3 },
  ),
  again: fc.boolean(),
  begins: fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 3 }),
  stops: fc.option(fc.integer({ min: 0, max: 1_500 }), { nil: undefined }),
})

function request(run: string): LeaseRequest {
  return { ...SHOP, run, who: "ann", from: "ops-1", command: "minos deploy", since: "2026-11-22T10:15:00Z" }
}

function world({ kinds, total, latencies }: Given) {
  const clock = simulatedClock()
  const hosts = kinds.map((_, n) => fakeHost(`h-${n}`, n % 2 === 0 ? "east" : "west"))
  const agents = hosts.map(() => leases(clock.now, 60))
  const calls = hosts.map(() => 0)
  /** Locks in the order in which they were asked for. */
  const asked: {
    readonly run: string
    readonly host: string
    readonly at: number
    readonly until: () => number
  }[] = []
  let n = 0
  const effects = (isBlind: readonly boolean[]): LockEffects => ({
    clock,
    limits: { total, perRegion: total },
    renewEvery: 15_000,
    leases: host => hostLeases(hosts.indexOf(host), isBlind),
  })
  return { clock, hosts, agents, asked, effects }

  function hostLeases(at: number, isBlind: readonly boolean[]): HostLeases {
    const agent = agents[at]!
    const isStock = (): boolean => kinds[at] === "stock" || (kinds[at] === "changing" && calls[at]! > 1)
    async function call<T>(
      signal: AbortSignal,
      act: () => T,
      isLock: boolean,
      patience = TIMEOUT,
    ): Promise<T> {
      setMaxListeners(0, signal)
      calls[at]!++
      const kind = isBlind[at] ? "dead" : kinds[at]!
      const hangs = kind === "hanging" || (kind === "deaf" && isLock)
      await clock.sleep(hangs ? patience : latencies[n++ % latencies.length]!, signal)
      if (signal.aborted) throw callError("cancelled", true)
      if (kind === "dead") throw callError("refused", false)
      if (hangs) {
        // The answer of a deaf one is lost, and it did what was asked.
        if (kind === "deaf") quietly(act)
        throw callError("timeout", true)
      }
      return act()
    }
    const take = (wanted: LeaseRequest): void => {
      if (isStock()) throw faultError(1)
      try {
        agent.take(wanted)
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        throw callError("fault", false, { faultCode: error.code, message: error.message })
      }
    }
    const lock = async <T>(wanted: LeaseRequest, made: Promise<T>): Promise<T> => {
      let until = Number.POSITIVE_INFINITY
      asked.push({ run: wanted.run, host: hosts[at]!.name, at: clock.now(), until: () => until })
      return made.finally(() => {
        until = clock.now()
      })
    }
    return {
      lock: (wanted, signal, patience) =>
        lock(
          wanted,
          call(signal, () => take(wanted), true, patience),
        ),
      lockAndLook: (wanted, _look, signal, patience) =>
        lock(
          wanted,
          call(
            signal,
            (): LockedAndSeen => {
              try {
                take(wanted)
                return { refused: undefined, processes: [] }
              } catch (error) {
                return { refused: error as CallError, processes: [] }
              }
            },
            true,
            patience,
          ),
        ),
      unlock: (wanted, signal) => call(signal, () => agent.release(wanted), false),
      breakLock: (wanted, signal) => call(signal, () => agent.break(wanted), false),
      locks: (service, cluster, signal, patience) =>
        call(
          signal,
          () => {
            if (isStock()) throw faultError(1)
            return agent.standing(service, cluster)
          },
          false,
          patience,
        ),
      locksAndLook: (_request, _look, signal, patience) =>
        call(
          signal,
          () => (isStock() ? { kind: "stock", processes: [] } : { kind: "agent" }),
          false,
          patience,
        ),
    }
  }
}

function quietly(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof CallError)) throw error
  }
}

test("whoever begins when, and whatever hosts are: one winner at most, each host told once, and nothing left of a refusal", async () => {
  await fc.assert(
    fc.asyncProperty(given, async all => {
      const { clock, hosts, agents, asked, effects } = world(all)
      const look = new Map(hosts.filter((_, n) => all.looked[n]).map(host => [host, "all"] as const))
      const stop = new AbortController()
      if (all.stops !== undefined) void clock.sleep(all.stops, NEVER).then(() => stop.abort())
      const runs = all.begins.map((at, n) => ({ at, run: `d-${n}`, signal: n === 0 ? stop.signal : NEVER }))
      const taken = await Promise.all(
        runs.map(async ({ at, run, signal }, n) => {
          await clock.sleep(at, NEVER)
          return takeLeases(hosts, request(run), effects(all.blind[n]!), signal, { look, again: all.again })
        }),
      )
      const blind = all.blind.slice(0, runs.length)
      const reached = hosts.filter((_, n) => all.kinds[n] === "agent" && !blind.some(hidden => hidden[n]))
      const winners = taken.filter(({ kind }, n) => kind === "held" && !runs[n]!.signal.aborted)
      if (reached.length > 0) expect(winners.length).toBeLessThanOrEqual(1)
      // Where the first to be met at is the same for all, one of them wins.
      if (reached[0] === hosts[0] && !stop.signal.aborted) expect(winners.length).toBe(1)
      for (const [n, one] of taken.entries()) {
        const { run, signal } = runs[n]!
        const standing = (host: Host) => agents[hosts.indexOf(host)]!.standing("shop", "test")?.run
        if (one.kind === "held") {
          const { agents: held, stock, silent, seen } = one.lock
          const told = [...held, ...stock, ...silent]
          expect(new Set(told).size).toBe(told.length)
          if (!signal.aborted) expect(told.length).toBe(hosts.length)
          for (const host of held)
            if (all.kinds[hosts.indexOf(host)] !== "changing") expect(standing(host)).toBe(run)
          for (const host of [...held, ...stock]) expect(seen.processes.has(host)).toBe(look.has(host))
          await one.lock.release(NEVER)
        }
        // What an agent held is gone with it.
        const lasting = hosts.filter((_, n) => all.kinds[n] !== "changing")
        expect(lasting.map(standing)).not.toContain(run)
      }
      // Its first lock is asked for alone, where one of the first few hosts answers as an agent.
      for (const [n, { run }] of runs.entries()) {
        const [first, ...others] = asked.filter(one => one.run === run)
        const answering = all.kinds.slice(0, 3).filter((_, at) => !blind[n]![at])
        if (first && answering.some(kind => kind === "agent" || kind === "deaf"))
          expect(others.every(other => other.at >= first.until())).toBe(true)
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 200) },
  )
})
