import { afterEach, describe, expect, test, vi } from "vitest"
import { type Leases, leases, runOf } from "../../src/agent/leases.js"
import { DEPLOYMENT_FAULT } from "../../src/model/deployment.js"
import type { LeaseRequest } from "../../src/model/lease.js"
import { Fault } from "../../src/rpc/method.js"

const SHOP = { service: "shop", cluster: "test" }
const ANN = holder("d-ann", "ann")
const BOB = holder("d-bob", "bob")
const BREAK = { ...SHOP, who: "eve from ops-3", reason: "it hangs" }

function holder(run: string, who: string): LeaseRequest {
  return { ...SHOP, run, who, from: "ops-1", command: "minos deploy", since: "2026-11-22T10:15:00Z" }
}

/** Leases of 60 s, and a hand on their clock. */
interface Table {
  readonly all: Leases
  readonly pass: (seconds: number) => void
}

function table(): Table {
  let now = 5_000
  return {
    all: leases(() => now, 60),
    pass: seconds => {
      now += seconds * 1_000
    },
  }
}

type Step = (table: Table) => void

const take =
  (request: LeaseRequest): Step =>
  ({ all }) =>
    all.take(request)
const give =
  (request: LeaseRequest): Step =>
  ({ all }) =>
    all.release(request)
const breaks =
  (run: string): Step =>
  ({ all }) =>
    all.break({ ...BREAK, run })
const wait =
  (seconds: number): Step =>
  ({ pass }) =>
    pass(seconds)

const refusal = (work: () => void): string | undefined => {
  try {
    work()
  } catch (error) {
    if (error instanceof Fault && error.code === DEPLOYMENT_FAULT.LOCKED) return error.message
    throw error
  }
  return undefined
}

const change = (run: string) => ({ ...SHOP, op: `${run}/activate/web.0` })

describe("a lease of 60 s", () => {
  test.each<[string, readonly Step[], string | undefined]>([
    ["is free at first", [], undefined],
    ["is its holder's", [take(ANN)], "d-ann"],
    ["lives until its time is over", [take(ANN), wait(59.9)], "d-ann"],
    ["is gone when it was not renewed", [take(ANN), wait(60)], undefined],
    ["lives on when it was renewed", [take(ANN), wait(45), take(ANN), wait(45)], "d-ann"],
    ["goes to another when it has lapsed", [take(ANN), wait(60), take(BOB)], "d-bob"],
    ["can be given back", [take(ANN), give(ANN)], undefined],
    ["cannot be given back by another", [take(ANN), give(BOB)], "d-ann"],
    ["can be given back when there is none", [give(ANN)], undefined],
    ["can be broken", [take(ANN), breaks("d-ann")], undefined],
    ["is not broken for another's", [take(BOB), breaks("d-ann")], "d-bob"],
    ["goes to another when it was broken", [take(ANN), breaks("d-ann"), take(BOB)], "d-bob"],
  ])("%s", (_, steps, run) => {
    const made = table()
    for (const step of steps) step(made)
    expect(made.all.standing("shop", "test")?.run).toBe(run)
  })

  test("tells another run who holds it, and for how long still", () => {
    const { all, pass } = table()
    all.take(ANN)
    pass(12.4)
    expect(refusal(() => all.take(BOB))).toBe(
      "LOCKED: d-ann holds shop/test: minos deploy, by ann from ops-1 since 2026-11-22T10:15:00Z; it lapses in 48 s",
    )
    expect(all.standing("shop", "test")).toMatchObject({ run: "d-ann", age: 12, left: 48 })
  })

  test("keeps its age over renewals, and begins anew after a lapse", () => {
    const { all, pass } = table()
    all.take(ANN)
    pass(50)
    all.take(ANN)
    pass(5)
    expect(all.standing("shop", "test")).toMatchObject({ age: 55, left: 55 })
    pass(60)
    all.take(ANN)
    expect(all.standing("shop", "test")).toMatchObject({ age: 0, left: 60 })
  })

  test("is that of one cluster alone", () => {
    const { all } = table()
    all.take(ANN)
    all.take({ ...BOB, cluster: "prod" })
    expect(all.standing("shop", "prod")?.run).toBe("d-bob")
  })

  test("cannot be taken again by a run that it was taken from, which is told why", () => {
    const { all } = table()
    all.take(ANN)
    expect(all.break({ ...BREAK, run: "d-ann" })).toBe(true)
    expect(all.break({ ...BREAK, run: "d-ann" })).toBe(false)
    const why = "LOCKED: the lock of d-ann was released by eve from ops-3: it hangs"
    expect(refusal(() => all.take(ANN))).toBe(why)
    expect(all.refusal(change("d-ann"))?.message).toBe(why)
  })
})

test("a run whose lease lapsed, and that another came after, has it no more", () => {
  const { all, pass } = table()
  all.take(ANN)
  pass(61)
  all.take(BOB)
  all.release(BOB)
  expect(refusal(() => all.take(ANN))).toBe("LOCKED: the lease of d-ann lapsed, and d-bob took it")
  expect(all.refusal(change("d-ann"))?.message).toContain("lapsed")
  // Where nobody came after, it goes on.
  all.take(BOB)
  pass(61)
  expect(refusal(() => all.take(BOB))).toBeUndefined()
})

describe("a run that is gone on with by a later process", () => {
  const LATER = { ...ANN, since: "2026-11-22T10:20:00Z" }

  test("has the lease at once, and the earlier process no more", () => {
    const { all } = table()
    all.take(ANN)
    all.take(LATER)
    all.take(LATER)
    expect(refusal(() => all.take(ANN))).toContain("d-ann holds shop/test")
    expect(all.standing("shop", "test")?.since).toBe(LATER.since)
  })

  test("may hold it again though it was broken, and the earlier process may not", () => {
    const { all } = table()
    all.take(ANN)
    all.break({ ...BREAK, run: "d-ann" })
    expect(refusal(() => all.take(ANN))).toContain("was released by eve")
    all.take(LATER)
    expect(all.refusal(change("d-ann"))).toBeUndefined()
    expect(refusal(() => all.take(ANN))).toContain("d-ann holds shop/test")
  })

  test("waits as any other while another run holds it", () => {
    const { all } = table()
    all.take(ANN)
    all.break({ ...BREAK, run: "d-ann" })
    all.take(BOB)
    expect(refusal(() => all.take(LATER))).toContain("d-bob holds shop/test")
  })
})

describe("the refusal of a change", () => {
  test.each<[string, readonly Step[], boolean]>([
    ["lets anyone where nobody holds it", [], true],
    ["lets the holder", [take(BOB)], true],
    ["refuses another run", [take(ANN)], false],
    ["lets another when it has lapsed", [take(ANN), wait(60)], true],
    ["lets another in another cluster", [take({ ...ANN, cluster: "prod" })], true],
  ])("%s", (_, steps, lets) => {
    const made = table()
    for (const step of steps) step(made)
    expect(made.all.refusal(change("d-bob")) === undefined).toBe(lets)
  })

  test.each([
    ["d-20261122-101500-x7f2/activate/web.3", "d-20261122-101500-x7f2"],
    ["d-ann/remove/web/0", "d-ann"],
    ["by-hand", "by-hand"],
  ])("the run of %s is %s", (op, run) => {
    expect(runOf(op)).toBe(run)
  })
})

describe("the wall clock", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each(["1970-01-01T00:00:00Z", "2099-12-31T23:59:59Z"])(
    "at %s neither ends a lease nor prolongs it",
    date => {
      vi.useFakeTimers({ toFake: ["Date", "performance"] })
      const all = leases(() => performance.now(), 60)
      all.take(ANN)
      vi.advanceTimersByTime(20_000)
      vi.setSystemTime(new Date(date))
      expect(all.standing("shop", "test")).toMatchObject({ run: "d-ann", age: 20, left: 40 })
      vi.advanceTimersByTime(39_000)
      expect(all.standing("shop", "test")?.left).toBe(1)
      vi.advanceTimersByTime(1_000)
      expect(all.standing("shop", "test")).toBeUndefined()
    },
  )
})
