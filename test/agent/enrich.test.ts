import { mkdir } from "node:fs/promises"
import { beforeEach, expect, test } from "vitest"
import { withReleases } from "../../src/agent/enrich.js"
import { type Releases, releases } from "../../src/agent/releases.js"
import { makeFolder } from "../../src/disk/durable.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { createStore } from "../../src/packages/store.js"
import type { Method } from "../../src/rpc/method.js"
import type { XmlRpcStruct, XmlRpcValue } from "../../src/rpc/value.js"
import { PROCESS, PROGRAM, TASK, temporaryFolder } from "./support.js"

const SHA = "0a".repeat(32)
const FIRST = release({
  package: { name: "web", version: "1", sha256: SHA },
  process: PROCESS,
  ...PLAIN_RELEASE,
})
const SECOND = release({
  package: { name: "web", version: "2", sha256: SHA },
  process: PROCESS,
  ...PLAIN_RELEASE,
})
const context = { signal: new AbortController().signal, user: "" }

let all: Releases
beforeEach(async () => {
  const root = await temporaryFolder()
  const store = createStore(root)
  await makeFolder(store.staging)
  all = releases(root, store.stagingPath, () => {})
  await mkdir(all.layout.package(SHA), { recursive: true })
  for (const made of [FIRST, SECOND])
    await all.make({
      ...TASK,
      op: "op",
      definition: [],
      notAfter: 0,
      ifGeneration: -1,
      task: "web.0",
      host: "h",
      region: "r",
      release: made,
      keep: 5,
    })
  await all.switchTo(TASK, FIRST.id)
})

/** What an agent answers where the backend answers this. */
async function told(call: () => XmlRpcValue | Promise<XmlRpcValue>, name = "getAllProcessInfo") {
  const method: Method = { signature: ["array"], help: "", call }
  return withReleases(new Map([[`supervisor.${name}`, method]]), all)
    .get(`supervisor.${name}`)!
    .call([], context)
}

const process = (name: string, more: XmlRpcStruct = {}) => ({ name, group: name, pid: 7, ...more })

test("the processes of tasks have a release and its version, others are as they were", async () => {
  const others = [
    process("redis"),
    process("shop.test.web.1"),
    process("shop.test.web"),
    process("shop.test.web.00"),
    process("..%2f.web.0"),
    process("shop.test.web.0.1"),
    { ...process(PROGRAM), group: "other" },
  ]
  const enriched = { ...process(PROGRAM), release: FIRST.id, version: "1" }
  expect(await told(() => [process(PROGRAM), ...others])).toEqual([enriched, ...others])
  expect(await told(() => process(PROGRAM), "getProcessInfo")).toEqual(enriched)
  expect(await told(() => "what nobody expects", "getProcessInfo")).toBe("what nobody expects")
})

test("another method is left alone", async () => {
  expect(await told(() => process(PROGRAM), "getState")).toEqual(process(PROGRAM))
})

test("a switch in the middle never puts the new release beside the old process", async () => {
  let calls = 0
  const answer = await told(async () => {
    if (++calls > 1) return [process(PROGRAM, { pid: 8 })]
    const seen = [process(PROGRAM, { pid: 7 })]
    await all.switchTo(TASK, SECOND.id)
    return seen
  })
  expect(answer).toEqual([{ ...process(PROGRAM, { pid: 8 }), release: SECOND.id, version: "2" }])
})

test("a host that switches without end is answered without releases rather than with wrong ones", async () => {
  let calls = 0
  const answer = await told(async () => {
    const seen = [process(PROGRAM)]
    await all.switchTo(TASK, ++calls % 2 ? SECOND.id : FIRST.id)
    return seen
  })
  expect(answer).toEqual([process(PROGRAM)])
})
