import { setImmediate as turn } from "node:timers/promises"
import { expect, test } from "vitest"
import {
  RELAY_LIMITS,
  type RelaySessions,
  relaySessions,
  type Taken,
} from "../../src/agent/relay-sessions.js"
import type { RelayedCall } from "../../src/rpc/relay-wire.js"
import { collectGarbage } from "../support/gc.js"

const ID = "a".repeat(32)
const CALL: Omit<RelayedCall, "n"> = {
  to: { scheme: "http", host: "x", port: 1 },
  login: -1,
  connectTimeout: 1,
  timeout: 1,
  maxBytes: 1,
  notAfter: 0,
  ask: { kind: "get", path: "/", until: "end" },
}
const NEVER = new AbortController().signal

/** Each submission is one call with the number of its batch; what was run is noted. */
function bench(limits: Partial<typeof RELAY_LIMITS> = {}) {
  const ran: number[] = []
  const sessions = relaySessions({ ...RELAY_LIMITS, ...limits })
  const accept =
    (n: number) =>
    async (reserve: (calls: number) => void): Promise<Taken> => {
      reserve(1)
      return {
        calls: [{ ...CALL, n }],
        cancel: [],
        run: async () => {
          ran.push(n)
          return { kind: "refused", why: String(n) }
        },
      }
    }
  const submit = (
    batch: number,
    { content = `${batch}`, begin = batch === 1, user = "u", of = sessions, session = ID } = {},
  ) => of.submit({ session, batch, after: 0, begin }, user, Buffer.from(content), accept(batch))
  return { ran, sessions, submit }
}

const code = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "done",
    error => error.code,
  )

test("a submission is carried out once, however often it comes, also while it is being taken", async () => {
  const { ran, submit } = bench()
  await Promise.all([submit(1), submit(1), submit(1)])
  await submit(1)
  expect(ran).toEqual([1])
})

test("a number with another content is a conflict", async () => {
  const { ran, submit } = bench()
  await submit(1)
  expect(await code(submit(1, { content: "other" }))).toBe(201)
  expect(ran).toEqual([1])
})

test.each([
  ["a session that nobody began", 1, { begin: false }],
  ["the session of another user", 2, { user: "other" }],
])("%s is unknown", async (_, batch, options) => {
  const { ran, submit } = bench()
  if (batch > 1) await submit(1)
  expect(await code(submit(batch, options))).toBe(220)
  expect(ran).toHaveLength(batch - 1)
})

test("a submission that came long ago is known although nothing is remembered of it", async () => {
  const { ran, submit } = bench({ batches: 2 })
  for (const batch of [1, 2, 3, 4]) await submit(batch)
  await submit(1, { content: "whatever", begin: false })
  expect(ran).toEqual([1, 2, 3, 4])
})

test("more calls and more sessions than it takes are refused, and nothing of them is done", async () => {
  const { ran, submit } = bench({ calls: 0 })
  expect(await code(submit(1))).toBe(221)
  const none = bench({ sessions: 0 })
  expect(await code(none.submit(1))).toBe(221)
  expect([...ran, ...none.ran]).toEqual([])
})

test("a command that has ended makes room for the next, and one that waits for answers does not", async () => {
  const { sessions, submit } = bench({ sessions: 2 })
  const [waiting = "", ended = "", next = ""] = ["b", "c", "d"].map(letter => letter.repeat(32))
  const ask = (session: string) => sessions.answers(session, "u", 0, 0, NEVER)
  await submit(1, { session: waiting })
  await submit(1, { session: ended })
  await ask(ended)
  await submit(1, { session: next })
  expect(await code(submit(1, { session: ended }))).toBe(221)
  expect(await code(ask(ended))).toBe(220)
  expect((await ask(waiting)).answers).toHaveLength(1)
})

test("a session that ends while a submission is looked at carries none of it out", async () => {
  const { ran, sessions, submit } = bench()
  const submitted = code(submit(1))
  sessions.close()
  expect(await submitted).toBe(220)
  expect(ran).toEqual([])
})

test("a question without an answer ends in its time, also when garbage is collected meanwhile", async () => {
  const { sessions, submit } = bench()
  await submit(1)
  const asked = sessions.answers(ID, "u", 1, 30, new AbortController().signal)
  await turn()
  collectGarbage()
  expect((await asked).answers).toEqual([])
})

test("answers are told again until the next question says that they arrived", async () => {
  const { sessions, submit } = bench()
  for (const batch of [1, 2, 3]) await submit(batch)
  const ask = (after: number) => numbers(sessions, after)
  expect(await ask(0)).toEqual([3, [1, 2, 3]])
  expect(await ask(0)).toEqual([3, [1, 2, 3]])
  expect(await ask(2)).toEqual([3, [3]])
  expect(await ask(0)).toEqual([3, [3]])
  expect(await ask(3)).toEqual([3, []])
})

test("fewer answers are told again when many did not arrive, and more when they do", async () => {
  const { sessions, submit } = bench({ reply: 1_600 })
  for (let batch = 1; batch <= 20; batch++) await submit(batch)
  const told: number[] = []
  for (const after of [0, 0, 0, 0, 1, 2, 3, 4])
    told.push((await sessions.answers(ID, "u", after, 0, NEVER)).upto)
  // Each takes 200 bytes.
  expect(told).toEqual([8, 2, 1, 1, 2, 3, 4, 6])
})

test("a session that has ended is unknown", async () => {
  const { sessions, submit } = bench()
  await submit(1)
  sessions.close()
  expect(await code(sessions.answers(ID, "u", 0, 0, NEVER))).toBe(220)
})

async function numbers(sessions: RelaySessions, after: number) {
  const { upto, answers } = await sessions.answers(ID, "u", after, 0, NEVER)
  return [upto, answers.map(({ n }) => n)]
}
