import { setImmediate as turn } from "node:timers/promises"
import { expect, test } from "vitest"
import { operations } from "../../src/agent/operations.js"
import { DEPLOYMENT_FAULT } from "../../src/model/deployment.js"
import { PackageError } from "../../src/packages/error.js"
import { FAULT } from "../../src/rpc/method.js"

const NOW = 1_000

function bench(options: { kept?: number } = {}) {
  const lines: string[] = []
  let now = NOW
  const all = operations(
    () => now,
    line => lines.push(line),
    options,
  )
  return {
    ...all,
    lines,
    later: (seconds: number) => {
      now += seconds
    },
  }
}

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
    end: async () => {
      resolve()
      await turn()
    },
    fail: async (error: unknown) => {
      reject(error)
      await turn()
    },
  }
}

const request = (op: string, more: object = {}) => ({ op, notAfter: NOW + 60, ...more })

test("an operation answers at once, and tells its steps and its end", async () => {
  const { begin, state, lines } = bench()
  const one = work()
  expect(
    begin(request("a"), "lane", async step => {
      step("cooking")
      await one.run()
    }),
  ).toEqual({ op: "a", state: "running", step: "waiting", message: "" })
  await turn()
  expect(state("a")).toEqual({ op: "a", state: "running", step: "cooking", message: "" })
  await one.end()
  expect(state("a")).toEqual({ op: "a", state: "done", step: "cooking", message: "" })
  expect(lines).toEqual(["a done after cooking"])
})

test("the same id again is the same operation, while it runs and after", async () => {
  const { begin, again, later } = bench()
  const one = work()
  expect(again(request("a"))).toBeUndefined()
  begin(request("a", { x: 1 }), "lane", one.run)
  await turn()
  begin(request("a", { x: 1 }), "lane", one.run)
  await one.end()
  // Also when it is sent again with a new notAfter, and when its first one has passed.
  later(3_600)
  expect(begin({ ...request("a", { x: 1 }), notAfter: 9_999 }, "lane", one.run).state).toBe("done")
  expect(begin(request("a", { x: 1 }), "lane", one.run).state).toBe("done")
  expect(again(request("a", { x: 1 }))?.state).toBe("done")
  expect(one.begun()).toBe(1)
})

test("the same id with other arguments is a conflict, and nothing is executed", async () => {
  const { begin, again } = bench()
  const one = work()
  begin(request("a", { x: 1 }), "lane", async () => {})
  const conflict = { code: DEPLOYMENT_FAULT.CONFLICT }
  expect(() => begin(request("a", { x: 2 }), "lane", one.run)).toThrow(expect.objectContaining(conflict))
  expect(() => again(request("a", { x: 2 }))).toThrow(expect.objectContaining(conflict))
  await turn()
  expect(one.begun()).toBe(0)
})

test("a late operation is refused, and its id stays free", async () => {
  const { begin, later, state } = bench()
  const one = work()
  later(61)
  const expired = expect.objectContaining({ code: DEPLOYMENT_FAULT.EXPIRED })
  expect(() => begin(request("a"), "lane", one.run)).toThrow(expired)
  expect(() => state("a")).toThrow(expect.objectContaining({ code: DEPLOYMENT_FAULT.UNKNOWN_OPERATION }))
  expect(begin({ op: "a", notAfter: NOW + 61 }, "lane", one.run).state).toBe("running")
  await one.end()
})

test("operations of one lane run one after another, those of two side by side", async () => {
  const { begin, between } = bench()
  const [first, second, third, other] = [work(), work(), work(), work()]
  begin(request("1"), "one", first.run)
  begin(request("2"), "one", second.run)
  const between23 = between("one", third.run)
  begin(request("3"), "two", other.run)
  await turn()
  const begun = () => [first, second, third, other].map(work => work.begun())
  expect(begun()).toEqual([1, 0, 0, 1])
  await first.fail(new Error("no"))
  expect(begun()).toEqual([1, 1, 0, 1])
  await second.end()
  expect(begun()).toEqual([1, 1, 1, 1])
  await third.end()
  await between23
})

test.each<readonly [unknown, string]>([
  [new Error("out of\n\u001b[31m luck"), "out of ␛[31m luck"],
  [new PackageError("PKG_PATH", "../x leaves the package"), "PKG_PATH: ../x leaves the package"],
  ["a text", "a text"],
  [new Error("x".repeat(10_000)), `${"x".repeat(499)}…`],
])("a failure %# is one line of words", async (error, message) => {
  const { begin, state } = bench()
  begin(request("a"), "lane", async step => {
    step("trying")
    throw error
  })
  await turn()
  expect(state("a")).toEqual({ op: "a", state: "failed", step: "trying", message })
})

test("the oldest are forgotten, but none that runs", async () => {
  const { begin, state } = bench({ kept: 3 })
  const one = work()
  begin(request("slow"), "lane", one.run)
  for (const op of ["a", "b", "c", "d"]) {
    begin(request(op), op, async () => {})
    await turn()
  }
  const known = ["slow", "a", "b", "c", "d"].filter(op => {
    try {
      return state(op)
    } catch {
      return false
    }
  })
  expect(known).toEqual(["slow", "c", "d"])
  await one.end()
})

test("an agent that ends takes no more operations and waits for those that run", async () => {
  const { begin, end } = bench()
  const one = work()
  begin(request("a"), "lane", one.run)
  let over = false
  const ending = end().then(() => {
    over = true
  })
  expect(() => begin(request("b"), "lane", one.run)).toThrow(
    expect.objectContaining({ code: FAULT.SHUTDOWN_STATE }),
  )
  expect(begin(request("a"), "lane", one.run).state).toBe("running")
  await turn()
  expect(over).toBe(false)
  await one.end()
  await ending
  expect(over).toBe(true)
})
