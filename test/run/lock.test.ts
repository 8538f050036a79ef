import { describe, expect, test } from "vitest"
import { leases } from "../../src/agent/leases.js"
import type { Host } from "../../src/model/cluster.js"
import type { CallError } from "../../src/model/failure.js"
import type { AgentOrSeen, LeaseRequest, LockedAndSeen, Sight } from "../../src/model/lease.js"
import { Fault } from "../../src/rpc/method.js"
import type { Clock } from "../../src/run/clock.js"
import { type HeldLeases, takeLeases } from "../../src/run/lock.js"
import type { HostLeases, LockEffects } from "../../src/run/lock-effects.js"
import { waitForLock } from "../../src/run/lock-wait.js"
import { fakeHost } from "../support/fleet.js"
import { callError, simulatedCalls, type Trouble } from "../support/simulated-call.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal
const STOCK: Trouble = { fault: 1 }
const SHOP = { service: "shop", cluster: "test" }

/** It hears everything, and nothing is heard of it. */
const DARK: Troubles = { locks: ["hang"], lock: ["hang"] }

const all = (hosts: readonly Host[]): Map<Host, Sight> => new Map(hosts.map(host => [host, "all"]))

function request(run: string): LeaseRequest {
  return { ...SHOP, run, who: "ann", from: "ops-1", command: "minos deploy", since: "2026-11-22T10:15:00Z" }
}

/** What a host's calls meet in turn. */
type Troubles = Readonly<Partial<Record<keyof HostLeases, readonly Trouble[]>>>

/** Hosts with the leases of real agents, but for those in `stock`, on a simulated wire; `troubles` are those of one run. */
function fleet(
  names: readonly string[],
  clock: Clock = simulatedClock(),
  stock: ReadonlySet<string> = new Set(),
) {
  const hosts = names.map(name => fakeHost(name, name.slice(0, 1)))
  const agents = new Map(hosts.map(host => [host.name, leases(clock.now, 60)]))
  const asked: string[] = []
  const standing = (): readonly (string | undefined)[] =>
    names.map(name => agents.get(name)?.standing("shop", "test")?.run)
  return {
    hosts,
    clock,
    asked,
    standing,
    agent: (name: string) => agents.get(name)!,
    effects: (troubles: Readonly<Record<string, Troubles>> = {}): LockEffects => {
      const made = new Map(
        hosts.map(host => [host, simulatedCalls<keyof HostLeases>(clock, troubles[host.name] ?? {})]),
      )
      return {
        clock,
        limits: { total: 10, perRegion: 10 },
        renewEvery: 15_000,
        leases: host => hostLeases(host),
      }
      function hostLeases(host: Host): HostLeases {
        const call = made.get(host)!
        const agent = agents.get(host.name)!
        return {
          lock: (wanted, signal, patience) => {
            asked.push(`${wanted.run} ${host.name}`)
            return call("lock", signal, () => answered(() => agent.take(wanted)), patience)
          },
          lockAndLook: (wanted, _look, signal, patience) => {
            asked.push(`${wanted.run} ${host.name} and look`)
            const take = (): LockedAndSeen => ({
              refused: refusalOf(() => agent.take(wanted)),
              processes: [],
            })
            return call("lockAndLook", signal, take, patience)
          },
          unlock: (wanted, signal) => call("unlock", signal, () => agent.release(wanted)),
          breakLock: (wanted, signal) => call("breakLock", signal, () => agent.break(wanted)),
          locks: (service, cluster, signal, patience) =>
            call("locks", signal, () => agent.standing(service, cluster), patience),
          locksAndLook: (_request, _look, signal, patience) => {
            const isStock = stock.has(host.name)
            if (isStock) asked.push(`look at ${host.name}`)
            const found: AgentOrSeen = isStock ? { kind: "stock", processes: [] } : { kind: "agent" }
            return call("locksAndLook", signal, () => found, patience)
          },
        }
      }
    },
  }
}

function refusalOf(work: () => void): CallError | undefined {
  try {
    answered(work)
    return undefined
  } catch (error) {
    return error as CallError
  }
}

/** An agent's fault as its proxy throws it. */
function answered(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw callError("fault", false, { faultCode: error.code, message: error.message })
  }
}

async function held(taken: ReturnType<typeof takeLeases>): Promise<HeldLeases> {
  const result = await taken
  if (result.kind === "refused") throw new Error(`refused by ${result.refusal.said}`)
  return result.lock
}

describe("taking the leases of a cluster", () => {
  test("asks the first agent in the order of names alone, then all others", async () => {
    const { hosts, effects, asked, standing } = fleet(["b-1", "a-2", "a-1", "B-1"])
    const lock = await held(takeLeases(hosts, request("d-1"), effects(), NEVER))
    expect(asked.slice(0, 1)).toEqual(["d-1 B-1"])
    expect(asked.slice(1).sort()).toEqual(["d-1 a-1", "d-1 a-2", "d-1 b-1"])
    expect(standing()).toEqual(Array(4).fill("d-1"))
    expect(lock.agents.map(host => host.name)).toEqual(["B-1", "a-1", "a-2", "b-1"])
  })

  test.each<[string, Readonly<Record<string, Troubles>>, Partial<Record<keyof HeldLeases, string>>]>([
    ["stock supervisord", { "a-1": { lock: [STOCK] } }, { agents: "a-2 b-1", stock: "a-1", silent: "" }],
    ["a dead host", { "a-1": { lock: ["refused"] } }, { agents: "a-2 b-1", stock: "", silent: "a-1" }],
    ["a wrong password", { "b-1": { lock: ["unauthorized"] } }, { agents: "a-1 a-2", silent: "b-1" }],
    ["an agent that ends", { "b-1": { lock: [{ fault: 6 }] } }, { agents: "a-1 a-2", silent: "b-1" }],
    [
      "nothing but silence",
      { "a-1": { lock: ["hang"] }, "a-2": { lock: ["dropped"] }, "b-1": { lock: ["refused"] } },
      { agents: "", stock: "", silent: "a-1 a-2 b-1" },
    ],
    [
      "nothing but stock supervisord",
      { "a-1": { lock: [STOCK] }, "a-2": { lock: [STOCK] }, "b-1": { lock: [STOCK] } },
      { agents: "", stock: "a-1 a-2 b-1", silent: "" },
    ],
  ])("is not kept back by %s", async (_, troubles, expected) => {
    const { hosts, effects } = fleet(["a-1", "a-2", "b-1"])
    const lock = await held(takeLeases(hosts, request("d-1"), effects(troubles), NEVER))
    const names = { agents: lock.agents, stock: lock.stock, silent: lock.silent }
    for (const [kind, text] of Object.entries(expected))
      expect(names[kind as keyof typeof names].map(host => host.name).join(" ")).toBe(text)
  })

  test.each(["a-1", "a-2", "b-1", "b-3"])(
    "is refused when another run holds %s alone, and keeps nothing",
    async name => {
      const { hosts, effects, agent, standing } = fleet(["a-1", "a-2", "b-1", "b-2", "b-3"])
      agent(name).take(request("d-other"))
      const taken = await takeLeases(hosts, request("d-1"), effects(), NEVER)
      expect(taken).toMatchObject({
        kind: "refused",
        refusal: {
          where: name,
          holder: { run: "d-other", who: "ann", from: "ops-1", command: "minos deploy" },
        },
      })
      expect(standing().filter(run => run !== undefined)).toEqual(["d-other"])
    },
  )

  test("does not ask the others when the first agent refuses", async () => {
    const { hosts, effects, agent, asked } = fleet(["a-1", "a-2", "b-1"])
    agent("a-1").take(request("d-other"))
    await takeLeases(hosts, request("d-1"), effects(), NEVER)
    expect(asked).toEqual(["d-1 a-1"])
  })

  test.each([
    ["all hosts what they are at first", false, 8],
    ["no host but the first few when it was refused before", true, 3],
  ])("asks %s", async (_, again, expected) => {
    const { hosts, effects, agent } = fleet(["a-1", "a-2", "a-3", "a-4", "b-1", "b-2", "b-3", "b-4"])
    agent("a-1").take(request("d-other"))
    const real = effects()
    const asked = new Set<string>()
    const leases = (host: Host): HostLeases => {
      asked.add(host.name)
      return real.leases(host)
    }
    await takeLeases(hosts, request("d-1"), { ...real, leases }, NEVER, { again })
    expect(asked.size).toBe(expected)
  })

  test("has all of it in the end when it was refused before", async () => {
    const { hosts, effects, standing } = fleet(["a-1", "a-2", "a-3", "a-4", "b-1"])
    await held(takeLeases(hosts, request("d-1"), effects({ "a-1": DARK }), NEVER, { again: true }))
    expect(standing()).toEqual([undefined, "d-1", "d-1", "d-1", "d-1"])
  })

  test("does not wait for hosts that are silent when the first agent refuses", async () => {
    const { hosts, effects, agent, clock } = fleet(["a-1", "a-2", "a-3", "b-1"])
    agent("a-1").take(request("d-other"))
    const taken = await takeLeases(hosts, request("d-1"), effects({ "a-3": DARK, "b-1": DARK }), NEVER)
    expect(taken).toMatchObject({ kind: "refused", refusal: { where: "a-1", holder: { run: "d-other" } } })
    expect(clock.now()).toBeLessThan(100)
  })

  test("gives back also what it does not know to have: a lease whose answer was lost", async () => {
    const { hosts, effects, agent, standing } = fleet(["a-1", "a-2", "b-1"])
    agent("b-1").take(request("d-other"))
    const troubles = { "a-1": { lock: ["lost"] } } as const
    expect((await takeLeases(hosts, request("d-1"), effects(troubles), NEVER)).kind).toBe("refused")
    expect(standing()).toEqual([undefined, undefined, "d-other"])
  })

  test("of many that begin at once one wins, whoever reaches whom, and nothing stays of the others", async () => {
    const names = ["a-1", "a-2", "b-1", "b-2"]
    const { hosts, effects, standing } = fleet(names)
    const partitions = [{}, { "a-1": { lock: ["refused"] } }, { "a-1": { lock: ["hang"] } }] as const
    const all = await Promise.all(
      partitions.flatMap((troubles, n) =>
        ["x", "y"].map(twin => takeLeases(hosts, request(`d-${n}${twin}`), effects(troubles), NEVER)),
      ),
    )
    const winners = all.filter(taken => taken.kind === "held")
    expect(winners.length).toBeLessThanOrEqual(1)
    const holders = new Set(standing().filter(run => run !== undefined))
    expect(holders.size).toBe(winners.length)
  })

  test("of two that begin at once and reach all hosts exactly one wins", async () => {
    const { hosts, effects, standing } = fleet(["a-1", "a-2", "b-1"])
    const all = await Promise.all(
      ["d-1", "d-2"].map(run => takeLeases(hosts, request(run), effects(), NEVER)),
    )
    expect(all.map(taken => taken.kind).sort()).toEqual(["held", "refused"])
    expect(new Set(standing()).size).toBe(1)
  })

  test("asks no more when it is interrupted, and what it has can be given back", async () => {
    const { hosts, effects, standing } = fleet(["a-1", "a-2", "b-1"])
    const stop = new AbortController()
    const real = effects()
    const lock = await held(
      takeLeases(
        hosts,
        request("d-1"),
        {
          ...real,
          leases: host => ({
            ...real.leases(host),
            lock: async (wanted, signal) => {
              await real.leases(host).lock(wanted, signal)
              stop.abort()
            },
          }),
        },
        stop.signal,
      ),
    )
    expect(standing()).toEqual(["d-1", undefined, undefined])
    await lock.release(NEVER)
    expect(standing()).toEqual([undefined, undefined, undefined])
  })
})

test("a lease that lapsed while the others were asked, and was taken by another run, is no lock", async () => {
  const dead = [..."bcdefghi"].flatMap(region => Array.from({ length: 40 }, (_, n) => `${region}-${n}`))
  const { hosts, effects, clock, agent, standing } = fleet(["a-1", "a-2", ...dead])
  const silent = Object.fromEntries(dead.map(name => [name, DARK]))
  const taking = takeLeases(hosts, request("d-1"), effects(silent), NEVER)
  await clock.sleep(61_000, NEVER)
  agent("a-1").take(request("d-other"))
  expect((await taking).kind).toBe("refused")
  expect(clock.now()).toBeGreaterThan(61_000)
  expect(standing().slice(0, 2)).toEqual(["d-other", undefined])
})

describe("taking leases and looking", () => {
  test("looks at the hosts that it is to look at, by the call that takes their lease", async () => {
    const { hosts, effects, asked, standing } = fleet(["a-1", "a-2", "b-1"])
    const [first, , last] = hosts
    const lock = await held(
      takeLeases(hosts, request("d-1"), effects(), NEVER, { look: all([first!, last!]) }),
    )
    expect(asked[0]).toBe("d-1 a-1 and look")
    expect(asked.slice(1).sort()).toEqual(["d-1 a-2", "d-1 b-1 and look"])
    expect([...lock.seen.processes]).toEqual([
      [first, []],
      [last, []],
    ])
    expect(standing()).toEqual(["d-1", "d-1", "d-1"])
  })

  test("asks a stock supervisord once, and the first agent after all before it", async () => {
    const names = ["a-1", "a-2", "b-1", "b-2", "b-3"]
    const stock = new Set(["a-1", "a-2", "b-2"])
    const { hosts, effects, asked } = fleet(names, simulatedClock(), stock)
    const lock = await held(takeLeases(hosts, request("d-1"), effects(), NEVER, { look: all(hosts) }))
    expect(asked.filter(line => line.startsWith("look"))).toHaveLength(stock.size)
    expect(asked.filter(line => line.startsWith("d-1"))).toEqual(["d-1 b-1 and look", "d-1 b-3 and look"])
    expect([...lock.seen.processes.keys()].map(host => host.name).sort()).toEqual(names)
    expect(lock.stock.map(host => host.name)).toEqual([...stock])
  })

  test("is refused by a host that it looks at, and keeps nothing", async () => {
    const { hosts, effects, agent, standing } = fleet(["a-1", "a-2", "b-1"])
    agent("b-1").take(request("d-other"))
    const taken = await takeLeases(hosts, request("d-1"), effects(), NEVER, { look: all(hosts) })
    expect(taken).toMatchObject({ kind: "refused", refusal: { where: "b-1", holder: { run: "d-other" } } })
    expect(standing()).toEqual([undefined, undefined, "d-other"])
  })

  test("waits for a region that is silent no longer than for two of its hosts, and gives back what it may hold", async () => {
    const far = Array.from({ length: 400 }, (_, n) => `f-${n}`)
    const { hosts, effects, clock, standing } = fleet(["a-1", ...far])
    // The lease is taken, and its answer does not come.
    const troubles = Object.fromEntries(far.map(name => [name, DARK]))
    const before = clock.now()
    const lock = await held(takeLeases(hosts, request("d-1"), effects(troubles), NEVER))
    // Ten at once, five seconds each: 200 s if each were waited for as long.
    expect(clock.now() - before).toBeLessThan(45_000)
    expect(lock.silent).toHaveLength(400)
    await lock.release(NEVER)
    expect(standing().filter(run => run !== undefined)).toEqual([])
  })
})

describe("keeping leases", () => {
  async function keeping(names: readonly string[], troubles: Readonly<Record<string, Troubles>> = {}) {
    const all = fleet(names)
    const lock = await held(takeLeases(all.hosts, request("d-1"), all.effects(troubles), NEVER))
    const end = new AbortController()
    return { ...all, lock, end, kept: lock.keep(end.signal) }
  }

  test("holds them for an hour, and gives them back", async () => {
    const { lock, end, kept, clock, standing } = await keeping(["a-1", "b-1"])
    for (let minutes = 0; minutes < 60; minutes++) {
      await clock.sleep(60_000, NEVER)
      expect(standing()).toEqual(["d-1", "d-1"])
    }
    end.abort()
    expect(await kept).toBeUndefined()
    await lock.release(NEVER)
    expect(standing()).toEqual([undefined, undefined])
  })

  test("a lease that is kept no more lapses within a minute", async () => {
    const { end, kept, clock, standing } = await keeping(["a-1"])
    end.abort()
    await kept
    await clock.sleep(60_000, NEVER)
    expect(standing()).toEqual([undefined])
  })

  test("takes it again from an agent that forgot it", async () => {
    const { agent, end, kept, clock, standing } = await keeping(["a-1", "b-1"])
    agent("b-1").release(request("d-1"))
    await clock.sleep(20_000, NEVER)
    expect(standing()).toEqual(["d-1", "d-1"])
    end.abort()
    await kept
  })

  test("lost answers in between are no loss", async () => {
    const { end, kept, clock, standing } = await keeping(["a-1", "b-1"], {
      "b-1": { lock: ["ok", "refused", "hang", "dropped", "ok"] },
    })
    await clock.sleep(80_000, NEVER)
    expect(standing()).toEqual(["d-1", "d-1"])
    end.abort()
    expect(await kept).toBeUndefined()
  })

  test.each(["a-1", "b-1"])("ends within 15 s, with the reason, when it was broken on %s", async name => {
    const { agent, kept, clock } = await keeping(["a-1", "b-1"])
    agent(name).break({ ...SHOP, run: "d-1", reason: "it hangs", who: "bob from ops-2" })
    const why = await kept
    expect(why).toBe(`${name}: LOCKED: the lock of d-1 was released by bob from ops-2: it hangs`)
    expect(clock.now()).toBeLessThan(16_000)
  })

  test("ends when a host that was silent comes back with the lease of another run", async () => {
    const { agent, kept } = await keeping(["a-1", "b-1"], { "b-1": { lock: ["refused", "ok"] } })
    agent("b-1").take(request("d-other"))
    expect(await kept).toContain("b-1: LOCKED: d-other holds shop/test")
  })

  test("holds the lease of a host that comes back later, and gives it back too", async () => {
    const { lock, end, kept, clock, standing } = await keeping(["a-1", "b-1"], {
      "b-1": { lock: ["refused", "refused", "ok"] },
    })
    expect(standing()).toEqual(["d-1", undefined])
    await clock.sleep(40_000, NEVER)
    expect(standing()).toEqual(["d-1", "d-1"])
    end.abort()
    await kept
    await lock.release(NEVER)
    expect(standing()).toEqual([undefined, undefined])
  })

  test("gives back the lease of a host that came back and whose answer was lost", async () => {
    const { lock, end, kept, clock, standing } = await keeping(["a-1", "b-1"], {
      "b-1": { lock: ["refused", "lost"] },
    })
    await clock.sleep(20_000, NEVER)
    expect(standing()).toEqual(["d-1", "d-1"])
    end.abort()
    await kept
    await lock.release(NEVER)
    expect(standing()).toEqual([undefined, undefined])
  })

  test("hosts that hang do not hold up the renewal of the others", async () => {
    const silent = Array.from({ length: 200 }, (_, n) => `s-${100 + n}`)
    const hanging = Object.fromEntries(silent.map(name => [name, { lock: ["hang"] } as const]))
    const { end, kept, clock, agent } = await keeping(["t-1", ...silent], hanging)
    for (let round = 0; round < 10; round++) {
      await clock.sleep(30_000, NEVER)
      expect(agent("t-1").standing("shop", "test")?.run).toBe("d-1")
    }
    end.abort()
    await kept
  })

  test("nor do hosts that hang only later, region after region", async () => {
    const later = [..."su"].flatMap(region => Array.from({ length: 200 }, (_, n) => `${region}-${100 + n}`))
    const hanging = Object.fromEntries(later.map(name => [name, { lock: ["ok", "hang"] } as const]))
    const others = Array.from({ length: 20 }, (_, n) => `t-${100 + n}`)
    const { end, kept, clock, agent } = await keeping([...others, ...later], hanging)
    for (let round = 0; round < 10; round++) {
      await clock.sleep(30_000, NEVER)
      for (const name of others) expect(agent(name).standing("shop", "test")?.run).toBe("d-1")
    }
    end.abort()
    await kept
  })

  test("giving back ends when its time is over, whoever hangs", async () => {
    const { lock, end, kept, standing } = await keeping(["a-1", "b-1"], { "a-1": { unlock: ["hang"] } })
    end.abort()
    await kept
    const late = new AbortController()
    late.abort()
    await lock.release(late.signal)
    expect(standing()).toEqual(["d-1", "d-1"])
  })
})

describe("waiting for a lock", () => {
  /** A run that waits while `other` holds the cluster for so long; what it was told, and when it had the lock. */
  async function waiting(seconds: number, timeout: number, signal = NEVER) {
    const { hosts, effects, clock, agent } = fleet(["a-1", "b-1"])
    const give = new AbortController()
    const other = await held(takeLeases(hosts, request("d-other"), effects(), NEVER))
    const kept = other.keep(give.signal)
    const told: string[] = []
    const later = clock.sleep(seconds * 1_000, NEVER).then(async () => {
      give.abort()
      await kept
      await other.release(NEVER)
    })
    const taken = await waitForLock(
      () => takeLeases(hosts, request("d-1"), effects(), signal),
      { timeout, clock, chance: () => 0.5, tell: refusal => told.push(refusal.holder?.run ?? "?") },
      signal,
    )
    const at = clock.now()
    await later
    return { taken, told, at, agent }
  }

  test("refuses at once without a timeout, and says nothing before", async () => {
    const { taken, told, at } = await waiting(10, 0)
    expect(taken.kind).toBe("refused")
    expect(told).toEqual([])
    expect(at).toBeLessThan(1_000)
  })

  test("has it soon after the other gave it back, and told once who had it", async () => {
    const { taken, told, at } = await waiting(100, 900_000)
    expect(taken.kind).toBe("held")
    expect(told).toEqual(["d-other"])
    expect(at).toBeGreaterThan(100_000)
    expect(at).toBeLessThan(103_000)
  })

  test("refuses when the time is over", async () => {
    const { taken, at } = await waiting(100, 30_000)
    expect(taken.kind).toBe("refused")
    expect(at).toBeGreaterThanOrEqual(30_000)
    expect(at).toBeLessThan(31_000)
  })

  test("ends when it is interrupted", async () => {
    const stop = new AbortController()
    const clock = simulatedClock()
    let tries = 0
    const taken = await waitForLock(
      async () => {
        if (++tries === 3) stop.abort()
        return { kind: "refused", refusal: { holder: undefined, where: "a-1", said: "LOCKED" } }
      },
      { timeout: 900_000, clock, chance: () => 0, tell: () => {} },
      stop.signal,
    )
    expect([taken.kind, tries]).toEqual(["refused", 3])
  })

  test("tells when it is another that is in the way", async () => {
    const clock = simulatedClock()
    const runs = ["d-2", "d-2", "d-3", "d-3", undefined]
    const tries: boolean[] = []
    const told: (string | undefined)[] = []
    const taken = await waitForLock<string>(
      async again => {
        tries.push(again)
        const [run] = runs.splice(0, 1)
        return run === undefined
          ? { kind: "held", lock: "mine" }
          : { kind: "refused", refusal: { holder: request(run), where: "a-1", said: "LOCKED" } }
      },
      { timeout: 900_000, clock, chance: () => 1, tell: refusal => told.push(refusal.holder?.run) },
      NEVER,
    )
    expect(taken).toEqual({ kind: "held", lock: "mine" })
    expect(told).toEqual(["d-2", "d-3"])
    expect(tries).toEqual([false, true, true, true, true])
    // About every two seconds.
    expect(clock.now()).toBe(4 * 2_500)
  })
})
