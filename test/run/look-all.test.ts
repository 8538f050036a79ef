import { describe, expect, test } from "vitest"
import { CallError, type Reason } from "../../src/model/failure.js"
import { lookAll } from "../../src/run/look-all.js"
import { simulatedClock } from "../support/simulated-clock.js"

const NEVER = new AbortController().signal
const DEADLINE = 3_000
const LIMITS = { total: 128, perRegion: 64 }

interface Item {
  readonly region: string
  readonly n: number
}

function items(region: string, count: number): readonly Item[] {
  return Array.from({ length: count }, (_, n) => ({ region, n }))
}

/** Asks them; a host answers after so many milliseconds, or not at all. Tells how often and how patiently each was asked. */
async function look(
  all: readonly Item[],
  answersAfter: (item: Item) => number | "refused" | "never",
  limits = LIMITS,
) {
  const clock = simulatedClock()
  const asked = new Map<Item, (number | undefined)[]>()
  const answers = await lookAll(
    all,
    item => item.region,
    limits,
    clock,
    async (item, patience) => {
      asked.set(item, [...(asked.get(item) ?? []), patience])
      const after = answersAfter(item)
      if (after === "refused") throw failure("refused")
      const waits = patience ?? DEADLINE
      if (after === "never" || after > waits) {
        await clock.sleep(waits, NEVER)
        throw failure("connect-timeout")
      }
      await clock.sleep(after, NEVER)
      return item.n
    },
  )
  return { answers, asked, took: clock.now() }
}

function failure(reason: Reason): CallError {
  return new CallError({ reason, message: reason, hint: "", maybeDelivered: false })
}

describe("a region of which nothing answers", () => {
  test("costs two deadlines and not one a round, and every host of it was asked", async () => {
    const all = items("far", 320)
    const { answers, asked, took } = await look(all, () => "never")
    expect(took).toBe(DEADLINE + 4 * 750)
    expect([asked.size, answers.length]).toEqual([320, 320])
    expect(answers.every(answer => answer instanceof CallError)).toBe(true)
    expect([...asked.values()].filter(([patience]) => patience === 750).length).toBe(320 - 64)
  })

  test("is named as the reason why its hosts were not waited for", async () => {
    const { answers } = await look(items("far", 100), () => "never")
    expect((answers[0] as CallError).failure.message).toBe("connect-timeout")
    expect((answers[99] as CallError).failure).toMatchObject({
      reason: "connect-timeout",
      message: "connect-timeout, for no host of far had answered",
    })
  })

  test("does not make others hasty", async () => {
    const all = [...items("far", 200), ...items("near", 200)]
    const { answers, asked } = await look(all, ({ region, n }) =>
      region === "near" && n > 150 ? DEADLINE : region === "near" ? 1 : "never",
    )
    expect(answers.slice(200)).toEqual(items("near", 200).map(({ n }) => n))
    expect(all.slice(200).every(item => asked.get(item)?.every(patience => patience === undefined))).toBe(
      true,
    )
  })

  test("is given half a second a host at least", async () => {
    const { asked } = await look(items("far", 2_000), () => "never")
    expect(new Set([...asked.values()].flat())).toEqual(new Set([undefined, 500]))
  })
})

test("a slow host is not called silent because those before it were", async () => {
  // The first 64 are down; of the rest each answers, later than a hasty look waits for.
  const all = items("far", 320)
  const { answers, asked } = await look(all, ({ n }) => (n < 64 ? "never" : n === 319 ? 100 : 2_000))
  expect(answers.slice(64)).toEqual(all.slice(64).map(({ n }) => n))
  expect(Math.max(...[...asked.values()].map(patiences => patiences.length))).toBe(2)
})

test.each([
  ["one answers", (n: number) => (n === 10 ? 5 : "never")],
  ["one refuses", (n: number) => (n === 10 ? "refused" : "never")],
] as const)("where %s all are waited for", async (_, answersAfter) => {
  const { asked } = await look(items("far", 200), ({ n }) => answersAfter(n))
  expect(new Set([...asked.values()].flat())).toEqual(new Set([undefined]))
})

test("fewer than 16 silent hosts are no silent region", async () => {
  const { asked } = await look(items("far", 30), () => "never", { total: 15, perRegion: 15 })
  expect([...asked.values()].slice(0, 30).flat()).toEqual(Array(30).fill(undefined))
})

test("an error that is no failure of a host ends it", async () => {
  const ask = () => Promise.reject(new TypeError("x"))
  await expect(lookAll([1], () => "a", LIMITS, simulatedClock(), ask)).rejects.toThrow(TypeError)
})
