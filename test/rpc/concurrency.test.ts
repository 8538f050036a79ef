import { spawnSync } from "node:child_process"
import { closeSync, openSync, readdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"
import type { Method } from "../../src/rpc/method.js"
import { createProxy } from "../../src/rpc/proxy.js"
import { createServer } from "../../src/rpc/server.js"
import { startSimpleServer } from "../support/python.js"
import { patient } from "./support.js"

const method = (call: Method["call"]): Method => ({ signature: ["any", "any"], help: "", call })

test("answers of many calls in flight reach their own callers, through a chain of servers", async () => {
  // The answers come in another order than the calls, and are of very different sizes.
  const pause = () => sleep(Math.random() * 20)
  const back = Array.from({ length: 3 }, (_, server) =>
    createServer({
      methods: new Map([
        [
          "tell",
          method(async ([call]) => {
            await pause()
            return { server, call: call ?? null, padding: "x".repeat(((call as number) * 7919) % 20_000) }
          }),
        ],
      ]),
    }),
  )
  const behind = await Promise.all(back.map(server => server.listen("127.0.0.1", 0)))
  const front = createServer({
    methods: new Map([
      [
        "ask",
        method(async ([call]) => {
          const { port } = behind[(call as number) % behind.length]!
          // A proxy is opened inside the call that needs it, never shared.
          const answer = await createProxy(patient(`http://127.0.0.1:${port}`)).call("tell", [call!])
          await pause()
          return answer
        }),
      ],
    ]),
  })
  const { port } = await front.listen("127.0.0.1", 0)
  const proxy = createProxy(patient(`http://127.0.0.1:${port}`))
  const answers = await Promise.all(Array.from({ length: 300 }, (_, call) => proxy.call("ask", [call])))
  for (const [call, answer] of answers.entries()) {
    expect(answer).toEqual({ server: call % 3, call, padding: "x".repeat((call * 7919) % 20_000) })
  }
  await Promise.all([front, ...back].map(server => server.close()))
})

const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0

test.skipIf(!hasPrlimit)("calls wait for file descriptors instead of failing their targets", async () => {
  const server = await startSimpleServer({ threaded: true })
  const limit = spawnSync("prlimit", [
    `--pid=${process.pid}`,
    "--nofile",
    "--noheadings",
    "--raw",
    "-o",
    "SOFT",
  ])
  const before = limit.stdout.toString().trim()
  const open = () => readdirSync("/proc/self/fd").length
  const restrict = (soft: number | string) =>
    spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${soft}:`])
  try {
    const endpoint = patient(server.url)
    const proxy = createProxy(endpoint)
    // What spawning prlimit itself needs must be left over, for the limit to be lifted again.
    restrict(open() + 24)
    const values = Array.from({ length: 100 }, (_, value) => value)
    expect(await Promise.all(values.map(value => proxy.call("slow", [0.02, value])))).toEqual(values)

    const taken = takeAll()
    const refused = await proxy.call("echo", [1], { timeout: 200 }).catch((error: unknown) => error)
    for (const descriptor of taken) closeSync(descriptor)
    expect(refused).toMatchObject({
      failure: {
        reason: "connect-timeout",
        maybeDelivered: false,
        message: expect.stringContaining("file descriptor"),
      },
    })
  } finally {
    restrict(before)
    await server.stop()
  }
})

/** Opens files until no descriptor is left. */
function takeAll(): number[] {
  const taken: number[] = []
  for (;;) {
    try {
      taken.push(openSync("/dev/null", "r"))
    } catch {
      return taken
    }
  }
}
