import { appendFile, readdir, readFile, truncate } from "node:fs/promises"
import { join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { expect, onTestFinished, test, vi } from "vitest"
import type { Intent } from "../../src/agent/operation-journal.js"
import { readLog } from "../../src/disk/chained-log.js"
import { DEPLOYMENT_FAULT } from "../../src/model/deployment.js"
import { FAULT } from "../../src/model/fault.js"
import { PackageError } from "../../src/packages/error.js"
import { until } from "../support/until.js"
import { NOW, operationsBench } from "./operations-bench.js"

const CALLER = { user: "ann", method: "deployment.activate" }

/** Work that goes on until it is told to end. */
function work() {
  let begun = 0
  let resolve = () => {}
  let reject = (_error: unknown) => {}
  const over = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return {
    run: async () => {
      begun++
      await over
    },
    begun: () => begun,
    end: () => resolve(),
    fail: (error: unknown) => reject(error),
  }
}

const CLUSTER = { service: "shop", cluster: "test" }
const HASH = "0".repeat(64)
const request = (op: string, more: object = {}) => ({
  op,
  notAfter: NOW + 60,
  ifGeneration: -1,
  argsHash: HASH,
  ...more,
})
const on = (program: string, method: Intent["method"] = "activate"): Intent => ({
  method,
  cluster: CLUSTER,
  program,
  args: {},
})
const nothing = async () => {}
const coded = (code: number) => expect.objectContaining({ code })

test("an operation answers at once, and tells its steps and its end", async () => {
  const { begin, state, ended, lines } = await operationsBench()
  const one = work()
  const begun = await begin(request("a"), CALLER, on("web"), step => step("stop", "cooking", one.run))
  expect(begun).toEqual({ op: "a", state: "running", step: "waiting", message: "", generation: 1 })
  await until("it has begun", async () => one.begun() === 1)
  expect(state("a")).toMatchObject({ state: "running", step: "cooking" })
  one.end()
  expect(await ended("a")).toEqual({ op: "a", state: "done", step: "cooking", message: "", generation: 1 })
  expect(lines).toEqual(["a done after cooking"])
})

test("the same id again is the same operation, while it runs and after", async () => {
  const { begin, again, later, ended } = await operationsBench()
  const one = work()
  expect(await again(request("a"), CALLER)).toBeUndefined()
  await Promise.all([1, 2, 3].map(() => begin(request("a"), CALLER, on("web"), one.run)))
  one.end()
  await ended("a")
  // Also when it is sent again with a new notAfter, when its first one has passed, and when others came in between.
  later(3_600)
  const again2 = { ...request("a"), notAfter: 9_999, ifGeneration: 0 }
  expect((await begin(again2, CALLER, on("web"), one.run)).state).toBe("done")
  expect((await begin(request("a"), CALLER, on("web"), one.run)).state).toBe("done")
  expect((await again(request("a"), CALLER))?.state).toBe("done")
  expect(one.begun()).toBe(1)
})

test("the same id with other arguments is a conflict, and nothing is executed", async () => {
  const { begin, again, ended } = await operationsBench()
  const one = work()
  const other = request("a", { argsHash: "1".repeat(64) })
  await begin(request("a"), CALLER, on("web"), nothing)
  await expect(begin(other, CALLER, on("web"), one.run)).rejects.toEqual(coded(DEPLOYMENT_FAULT.CONFLICT))
  await expect(again(other, CALLER)).rejects.toEqual(coded(DEPLOYMENT_FAULT.CONFLICT))
  await ended("a")
  expect(one.begun()).toBe(0)
})

test("a late operation is refused, and its id stays free", async () => {
  const { begin, later, state } = await operationsBench()
  later(61)
  await expect(begin(request("a"), CALLER, on("web"), nothing)).rejects.toEqual(
    coded(DEPLOYMENT_FAULT.EXPIRED),
  )
  expect(() => state("a")).toThrow(coded(DEPLOYMENT_FAULT.UNKNOWN_OPERATION))
  const later2 = request("a", { notAfter: NOW + 61 })
  expect((await begin(later2, CALLER, on("web"), nothing)).state).toBe("running")
})

test("an operation for what was changed since it was looked at is refused", async () => {
  const { begin, ended, generation } = await operationsBench()
  await begin(request("a", { ifGeneration: 0 }), CALLER, on("web"), nothing)
  await ended("a")
  expect(generation("web")).toBe(1)
  const stale = begin(request("b", { ifGeneration: 0 }), CALLER, on("web"), nothing)
  await expect(stale).rejects.toEqual(coded(DEPLOYMENT_FAULT.STALE))
  // Another program was not changed, and what changes nothing does not count.
  await begin(request("c", { ifGeneration: 0 }), CALLER, on("db", "prepare"), nothing)
  await begin(request("d", { ifGeneration: 0 }), CALLER, on("db"), nothing)
  await begin(request("e", { ifGeneration: 1 }), CALLER, on("web"), nothing)
  expect([generation("web"), generation("db")]).toEqual([2, 1])
})

test("operations on one program run one after another, those on two side by side", async () => {
  const { begin, between, ended } = await operationsBench()
  const [first, second, third, other] = [work(), work(), work(), work()]
  await begin(request("1"), CALLER, on("one"), first.run)
  await begin(request("2"), CALLER, on("one"), second.run)
  const between23 = between("one", third.run)
  await begin(request("3"), CALLER, on("two"), other.run)
  const begun = () => [first, second, third, other].map(work => work.begun())
  await turn()
  expect(begun()).toEqual([1, 0, 0, 1])
  first.fail(new Error("no"))
  await ended("1")
  await turn()
  expect(begun()).toEqual([1, 1, 0, 1])
  second.end()
  await ended("2")
  await turn()
  expect(begun()).toEqual([1, 1, 1, 1])
  third.end()
  await between23
})

test.each<readonly [unknown, string]>([
  [new Error("out of\n\u001b[31m luck"), "out of ␛[31m luck"],
  [new PackageError("PKG_PATH", "../x leaves the package"), "PKG_PATH: ../x leaves the package"],
  ["a text", "a text"],
  [new Error("x".repeat(10_000)), `${"x".repeat(499)}…`],
])("a failure %# is one line of words", async (error, message) => {
  const { begin, ended } = await operationsBench()
  await begin(request("a"), CALLER, on("web"), step =>
    step("apply", "trying", async () => {
      throw error
    }),
  )
  expect(await ended("a")).toMatchObject({ state: "failed", step: "trying", message })
})

test("the oldest are forgotten, but none that runs, and none that counts the changes of a program", async () => {
  const { begin, state, ended, root, later } = await operationsBench({ kept: 4 })
  const one = work()
  await begin(request("slow"), CALLER, on("slow", "hook"), one.run)
  await begin(request("counts"), CALLER, on("web"), nothing)
  await ended("counts")
  for (const op of ["a", "b", "c", "d"]) {
    await begin(request(op), CALLER, on(op, "prepare"), nothing)
    await ended(op)
  }
  const all = ["slow", "counts", "a", "b", "c", "d", "e"]
  // As long as they may be sent again, all are known.
  expect(all.filter(op => isKnown(op, state))).toEqual(["slow", "counts", "a", "b", "c", "d"])
  later(61)
  await begin(request("e", { notAfter: NOW + 200 }), CALLER, on("e", "prepare"), nothing)
  await ended("e")
  expect(all.filter(op => isKnown(op, state))).toEqual(["slow", "counts", "d", "e"])
  const files = () => readdir(join(root, "operations"))
  await until("the files of the forgotten are gone", async () => (await files()).length === 4)
  one.end()
})

test("results are kept for their time", async () => {
  const { begin, state, ended, later } = await operationsBench()
  await begin(request("a"), CALLER, on("web", "prepare"), nothing)
  await ended("a")
  const tomorrow = Date.now() + 24 * 3_600_000 + 1
  onTestFinished(() => void vi.restoreAllMocks())
  vi.spyOn(Date, "now").mockImplementation(() => tomorrow)
  // A host's clock that jumps ahead makes nothing old that may still be sent again.
  for (const [op, known] of [
    ["b", true],
    ["c", false],
  ] as const) {
    await begin(request(op, { notAfter: NOW + 200 }), CALLER, on("web", "prepare"), nothing)
    await ended(op)
    expect(isKnown("a", state)).toBe(known)
    later(61)
  }
})

test("an agent that ends takes no more operations and waits for those that run", async () => {
  const { begin, end } = await operationsBench()
  const one = work()
  await begin(request("a"), CALLER, on("web"), one.run)
  let over = false
  const ending = end().then(() => {
    over = true
  })
  await expect(begin(request("b"), CALLER, on("web"), one.run)).rejects.toEqual(coded(FAULT.SHUTDOWN_STATE))
  expect((await begin(request("a"), CALLER, on("web"), one.run)).state).toBe("running")
  await turn()
  expect(over).toBe(false)
  one.end()
  await ending
  expect(over).toBe(true)
})

test("each call that would change something has one record in the audit, with its caller", async () => {
  const { begin, ended, later, audit, root } = await operationsBench()
  await begin(request("a"), CALLER, on("web"), nothing)
  await ended("a")
  await begin(request("a"), { ...CALLER, user: "ben" }, on("web"), nothing)
  const stale = request("b", { ifGeneration: 0 })
  await expect(begin(stale, CALLER, on("web"), nothing)).rejects.toThrow(/STALE/)
  later(61)
  await expect(begin(request("c"), CALLER, on("web"), nothing)).rejects.toThrow(/EXPIRED/)
  await audit.close()
  const records = await readLog(join(root, "audit.jsonl"))
  expect(records.map(({ user, op, verdict }) => `${user} ${op} ${verdict}`)).toEqual([
    "ann a accepted",
    "ben a again",
    "ann b refused",
    "ann c refused",
  ])
})

test("what cannot be audited is refused, not executed, and may be sent again", async () => {
  let full = true
  const audit = {
    note: async () => {
      if (full) throw new Error("no space")
    },
    close: nothing,
  }
  const { begin, ended, state, generation } = await operationsBench({ audit })
  const one = work()
  await expect(begin(request("a"), CALLER, on("web"), one.run)).rejects.toThrow("no space")
  expect([one.begun(), generation("web"), isKnown("a", state)]).toEqual([0, 0, false])
  full = false
  one.end()
  await begin(request("a", { ifGeneration: 0 }), CALLER, on("web"), one.run)
  expect((await ended("a")).state).toBe("done")
})

test("another process on the same disk knows the results, and how often each program was changed", async () => {
  const bench = await operationsBench()
  await bench.begin(request("good"), CALLER, on("web"), step => step("stop", "stopping", nothing))
  await bench.begin(request("bad"), CALLER, on("web"), async () => {
    throw new Error("no luck")
  })
  await bench.ended("bad")
  const next = await bench.next()
  for (const recorded of next.left) next.remember({ ...recorded, end: recorded.end! })
  expect([next.state("good"), next.state("bad"), next.generation("web")]).toMatchObject([
    { state: "done", step: "stopping", generation: 1 },
    { state: "failed", message: "no luck", generation: 2 },
    2,
  ])
  expect((await next.begin(request("good"), CALLER, on("web"), nothing)).state).toBe("done")
})

test.each([
  ["over", "done", 1],
  ["never", undefined, 0],
  ["later", "running", 1],
] as const)("an operation that was cut off and is %s", async (verdict, state, generation) => {
  const bench = await operationsBench()
  const endless = work()
  await bench.begin(request("a"), CALLER, { ...on("web"), args: { x: 1 } }, async step => {
    await step("stop", "stopping", nothing, { wasUp: true })
    await step("switch", "switching", endless.run)
  })
  await until("it is in the middle", async () => endless.begun() === 1)
  const next = await bench.next()
  expect(next.left).toEqual([
    expect.objectContaining({
      op: "a",
      user: "ann",
      intent: { method: "activate", cluster: CLUSTER, program: "web", args: { x: 1 } },
      step: { name: "switch", facts: { wasUp: true } },
    }),
  ])
  await next.resume(next.left[0]!, async step => {
    await step("apply", "starting", nothing)
    return verdict
  })
  expect(isKnown("a", next.state) ? next.state("a").state : undefined).toBe(state)
  expect(next.generation("web")).toBe(generation)
  const { left } = await next.next()
  expect(left.map(({ end }) => end?.state ?? "cut off")).toEqual(
    state === undefined ? [] : [state === "running" ? "cut off" : state],
  )
  endless.end()
})

test("a file that a crash cut is read up to there, and none before its first line was whole", async () => {
  const bench = await operationsBench()
  await bench.begin(request("a"), CALLER, on("web"), step => step("stop", "stopping", nothing))
  await bench.ended("a")
  const [name = ""] = await readdir(join(bench.root, "operations"))
  const path = join(bench.root, "operations", name)
  const whole = await readFile(path)
  await truncate(path, whole.length - 10)
  expect((await bench.next()).left).toMatchObject([{ op: "a", step: { name: "stop" } }])
  await appendFile(path, '\n{"end":{"state":"done","step":"x","message":"","at":1}}\n')
  expect((await bench.next()).left).toMatchObject([{ op: "a", end: { state: "done" } }])
  await truncate(path, 20)
  expect((await bench.next()).left).toEqual([])
})

function isKnown(op: string, state: (op: string) => unknown): boolean {
  try {
    return state(op) !== undefined
  } catch {
    return false
  }
}
