import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fanOut } from "../../src/run/fan-out.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal

describe("fanOut", () => {
  test("gives every result in the order of the items and never has more in flight than allowed", async () => {
    const call = fc.record({ region: fc.constantFrom("a", "b", "c"), takes: fc.integer({ min: 0, max: 50 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        async (calls, total, perRegion) => {
          const clock = simulatedClock()
          const flight = inFlight()
          const results = await fanOut(
            calls.map((one, n) => ({ ...one, n })),
            one => one.region,
            { total, perRegion },
            async one => {
              flight.begin(one.region)
              await clock.sleep(one.takes, NEVER)
              flight.end(one.region)
              return one.n
            },
          )
          expect(results).toEqual(calls.map((_, n) => n))
          expect(flight.peak("all")).toBeLessThanOrEqual(total)
          for (const region of ["a", "b", "c"]) expect(flight.peak(region)).toBeLessThanOrEqual(perRegion)
        },
      ),
      { numRuns: 50, seed: 1 },
    )
  })

  test("uses all the room there is", async () => {
    const clock = simulatedClock()
    const flight = inFlight()
    await fanOut(
      Array.from({ length: 20 }, (_, n) => (n < 10 ? "a" : "b")),
      region => region,
      { total: 5, perRegion: 3 },
      async region => {
        flight.begin(region)
        await clock.sleep(10, NEVER)
        flight.end(region)
      },
    )
    expect([flight.peak("all"), flight.peak("a"), flight.peak("b")]).toEqual([5, 3, 3])
  })

  test.each<[string, number, readonly number[]]>([
    ["has all the room", 32, [30, 32]],
    ["has the room of a region", 20, [20, 20]],
  ])(
    "the last region that has calls to make %s, and leaves a part of it until then",
    async (_, perRegion, peaks) => {
      const clock = simulatedClock()
      const flight = inFlight()
      let ofOthers = 20
      let before = 0
      await fanOut(
        [..."a".repeat(ofOthers), ..."b".repeat(200)],
        region => region,
        { total: 32, perRegion },
        async region => {
          flight.begin(region)
          if (region === "a") ofOthers--
          if (ofOthers > 0) before = flight.peak("b")
          await clock.sleep(region === "a" ? 10 : 50, NEVER)
          flight.end(region)
        },
        clock.now,
      )
      expect([before, flight.peak("b")]).toEqual(peaks)
    },
  )

  test.each([
    {
      region: "is not heard of, and the other has much to do, three quarters",
      takes: 5_000,
      others: 800,
      most: 24,
    },
    {
      region: "is not heard of, and the other is done soon, what that does not need",
      takes: 5_000,
      others: 400,
      most: 28,
    },
    {
      region: "is not heard of, and the other has little to do, all but a sixteenth",
      takes: 5_000,
      others: 200,
      most: 30,
    },
    { region: "is distant, all but a sixteenth", takes: 200, others: 800, most: 30 },
  ])("leaves to a region that $region", async ({ takes, others, most }) => {
    const clock = simulatedClock()
    const flight = inFlight()
    let left = others
    let held = 0
    await fanOut(
      [..."a".repeat(400), ..."b".repeat(others)],
      region => region,
      { total: 32, perRegion: 32 },
      async region => {
        flight.begin(region)
        if (region === "b") left--
        if (left === others - 100) held = flight.peak("a")
        await clock.sleep(region === "a" ? takes : 25, NEVER)
        flight.end(region)
      },
      clock.now,
    )
    expect(held).toBe(most)
  })

  test("makes the calls of distant regions first, and those of near ones while they travel", async () => {
    const clock = simulatedClock()
    const ends = new Map<string, number>()
    await fanOut(
      [..."near".repeat(25).match(/near/g)!, ..."far ".repeat(100).match(/far /g)!],
      region => region,
      { total: 32, perRegion: 32 },
      async region => {
        await clock.sleep(region === "near" ? 5 : 100, NEVER)
        ends.set(region, clock.now())
      },
      clock.now,
    )
    // 100 calls of 100 ms, 30 and in the end 32 at once.
    expect(ends.get("far ")).toBeLessThanOrEqual(400)
    expect(ends.get("near")).toBeLessThan(400)
  })

  test("asks regions that are about as distant side by side", async () => {
    const clock = simulatedClock()
    const left = { a: 100, b: 100 }
    let gap = 0
    await fanOut(
      [..."a".repeat(100), ..."b".repeat(100)] as ("a" | "b")[],
      region => region,
      { total: 16, perRegion: 16 },
      async region => {
        left[region]--
        gap = Math.max(gap, Math.abs(left.a - left.b))
        await clock.sleep(region === "a" ? 40 : 50, NEVER)
      },
      clock.now,
    )
    expect(gap).toBeLessThanOrEqual(16)
  })

  test.each([3, 8])("of %i calls at once regions that hang take not all the room", async total => {
    const clock = simulatedClock()
    let last = 0
    await fanOut(
      [..."a".repeat(40), ..."b".repeat(40), ..."c".repeat(40)],
      region => region,
      { total, perRegion: total },
      async region => {
        await clock.sleep(region === "c" ? 10 : 5_000, NEVER)
        if (region === "c") last = clock.now()
      },
      clock.now,
    )
    expect(last).toBeLessThan(5_000)
  })

  test("a region with room of its own takes none of the others, and fills it", async () => {
    const clock = simulatedClock()
    const flight = inFlight()
    await fanOut(
      Array.from({ length: 30 }, (_, n) => "abr"[n % 3] as string),
      region => region,
      { total: 5, perRegion: 3, relayed: new Map([["r", 9]]) },
      async region => {
        flight.begin(region)
        await clock.sleep(10, NEVER)
        flight.end(region)
      },
    )
    expect([flight.peak("a"), flight.peak("b"), flight.peak("r"), flight.peak("all")]).toEqual([3, 3, 9, 14])
  })

  test("does not let a full region hold up another", async () => {
    const clock = simulatedClock()
    const done: string[] = []
    await fanOut(
      ["slow 1", "slow 2", "slow 3", "fast 1", "fast 2"],
      name => name.slice(0, 4),
      { total: 2, perRegion: 1 },
      async name => {
        await clock.sleep(name.startsWith("slow") ? 1_000 : 10, NEVER)
        done.push(name)
      },
    )
    expect(done).toEqual(["fast 1", "fast 2", "slow 1", "slow 2", "slow 3"])
  })
})

test("begins 32 in one turn of the loop, and goes on until all the room is used", async () => {
  const begun: number[] = []
  let open = 0
  let release = (): void => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  const all = fanOut(
    Array.from({ length: 200 }, (_, n) => n),
    n => String(n % 2),
    { total: 128, perRegion: 64 },
    async () => {
      open++
      await released
    },
  )
  for (let turn = 0; turn < 8; turn++) {
    begun.push(open)
    await new Promise(resolve => setImmediate(resolve))
  }
  release()
  await all
  expect(begun.slice(0, 5)).toEqual([32, 64, 96, 128, 128])
})

test("the regions are asked side by side", async () => {
  const order: string[] = []
  await fanOut(
    ["a1", "a2", "a3", "b1", "b2", "b3"],
    name => name.slice(0, 1),
    { total: 4, perRegion: 4 },
    async name => {
      order.push(name)
      await new Promise(resolve => setImmediate(resolve))
    },
  )
  expect(order.slice(0, 4)).toEqual(["a1", "b1", "a2", "b2"])
})

test("an error that is no value ends it", async () => {
  const act = () => Promise.reject(new TypeError("x"))
  await expect(fanOut([1, 2], String, { total: 1, perRegion: 1 }, act)).rejects.toThrow(TypeError)
})

test("nothing to do is done", async () => {
  expect(await fanOut([], String, { total: 1, perRegion: 1 }, async () => 1)).toEqual([])
})

/** Counts what is in flight, by region and in all. */
function inFlight(): {
  begin(region: string): void
  end(region: string): void
  peak(region: string): number
} {
  const now = new Map<string, number>()
  const peaks = new Map<string, number>()
  const add = (region: string, change: number): void => {
    for (const key of [region, "all"]) {
      const count = (now.get(key) ?? 0) + change
      now.set(key, count)
      peaks.set(key, Math.max(peaks.get(key) ?? 0, count))
    }
  }
  return {
    begin: region => add(region, 1),
    end: region => add(region, -1),
    peak: region => peaks.get(region) ?? 0,
  }
}
