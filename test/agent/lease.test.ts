import { join } from "node:path"
import { expect, test } from "vitest"
import { readLog } from "../../src/disk/chained-log.js"
import { DEPLOYMENT_FAULT, type TaskKey } from "../../src/model/deployment.js"
import type { LeaseRequest } from "../../src/model/lease.js"
import { leasesAt } from "../support/calls.js"
import { until } from "../support/until.js"
import { type Bench, bench, nextOp, PROGRAM, releaseOf, STAYS, TASK } from "./support.js"

const SHOP = { service: "shop", cluster: "test" }
const ANN: LeaseRequest = {
  ...SHOP,
  run: "d-ann",
  who: "ann",
  from: "ops-1",
  command: "minos deploy",
  since: "2026-11-22T10:15:00Z",
}
const BOB: LeaseRequest = { ...ANN, run: "d-bob", who: "bob" }

const faultOf = (call: Promise<unknown>): Promise<number | undefined> =>
  call.then(
    () => undefined,
    error => error.failure?.faultCode,
  )

/** Each call of a run that would change a task. */
function changes({ deployment }: Bench, op: () => string, release: string, key: TaskKey = TASK) {
  const head = () => ({ ...key, op: op(), notAfter: Math.ceil(Date.now() / 1_000) + 600, ifGeneration: -1 })
  const clusterHead = () => {
    const { job: _job, instance: _instance, ...cluster } = head()
    return cluster
  }
  return {
    activate: () => deployment.activate({ ...head(), release, keep: 5 }),
    hook: () =>
      deployment.hook({ ...head(), name: "preTask", argv: ["true"], env: {}, input: "{}", timeout: 5 }),
    control: () => deployment.control({ ...clusterHead(), program: PROGRAM, action: "restart" }),
    remove: () => deployment.remove({ ...head(), data: true }),
  }
}

test("while a run holds the lease, no call of another changes anything, and its own do", async () => {
  const all = await bench("embedded")
  const { deployment, proxy, info } = all
  const leases = leasesAt(proxy)
  const blob = await all.upload("1", STAYS("1"))
  const made = releaseOf(blob, "1")
  await all.deploy(made)
  const { pid } = await all.reaches("RUNNING")
  await leases.lock(ANN)
  expect(await leases.locksAndLook(ANN, "all")).toEqual({ kind: "agent" })

  const others = changes(all, () => nextOp("other"), made.id)
  for (const call of Object.values(others)) expect(await faultOf(call())).toBe(DEPLOYMENT_FAULT.LOCKED)
  expect(
    (await all.prepare(releaseOf(blob, "1", { startsecs: 1 })).catch(error => error.failure)).faultCode,
  ).toBe(DEPLOYMENT_FAULT.LOCKED)
  expect(await info()).toMatchObject({ state: "RUNNING", pid })

  const own = changes(all, () => `d-ann/${nextOp("own")}`, made.id)
  const { op } = await own.activate()
  await until("it is activated", async () => (await deployment.operation(op)).state === "done")
  expect((await all.reaches("RUNNING", PROGRAM)).pid).not.toBe(pid)

  await leases.unlock(ANN)
  expect(await faultOf(others.activate())).toBeUndefined()
})

test("what a run began is told to it again when another has the lease", async () => {
  const all = await bench("embedded")
  const leases = leasesAt(all.proxy)
  const made = releaseOf(await all.upload("1", STAYS("1")), "1")
  await all.deploy(made)
  await all.reaches("RUNNING")
  const own = changes(all, () => "d-ann/once", made.id)
  const request = {
    ...TASK,
    op: "d-ann/remove/web.0",
    notAfter: Math.ceil(Date.now() / 1_000) + 600,
    ifGeneration: -1,
    data: false,
  }
  await all.deployment.remove(request)
  await until("it is removed", async () => (await all.deployment.operation(request.op)).state === "done")
  await leases.lock(BOB)
  expect(await all.deployment.remove(request)).toMatchObject({ state: "done" })
  expect(await faultOf(own.remove())).toBe(DEPLOYMENT_FAULT.LOCKED)
})

test("a lease is taken, told, renewed and given back over the wire", async () => {
  const { proxy } = await bench("embedded", { user: "minos", password: "secret" })
  const leases = leasesAt(proxy)
  expect(await leases.locks("shop", "test")).toBeUndefined()
  await leases.lock(ANN)
  await leases.lock(ANN)
  const { service: _s, cluster: _c, ...holder } = ANN
  expect(await leases.locks("shop", "test")).toMatchObject(holder)
  const refused = await leases.lock(BOB).catch(error => error.failure)
  expect(refused).toMatchObject({ reason: "fault", faultCode: DEPLOYMENT_FAULT.LOCKED })
  expect(refused.message).toMatch(
    /d-ann holds shop\/test: minos deploy, by ann from ops-1 since .*; it lapses in \d+ s/,
  )
  await leases.unlock(BOB)
  expect((await leases.locks("shop", "test"))?.run).toBe("d-ann")
  await leases.unlock(ANN)
  expect(await leases.locks("shop", "test")).toBeUndefined()
})

test("a lease that nobody renews is gone after its time, and one that is renewed stays", async () => {
  const { proxy } = await bench("embedded", { leaseSeconds: 1 })
  const leases = leasesAt(proxy)
  const prod = { ...BOB, cluster: "prod" }
  await leases.lock(ANN)
  await leases.lock(prod)
  await until("it is gone", async () => {
    await leases.lock(prod)
    return (await leases.locks("shop", "test")) === undefined
  })
  expect((await leases.locks("shop", "prod"))?.run).toBe("d-bob")
})

test("a lease can be broken by another, who stands in the audit, and stays broken for that run", async () => {
  const { proxy, root } = await bench("embedded", { user: "minos", password: "secret" })
  const leases = leasesAt(proxy)
  const about = { ...SHOP, reason: "the runner is gone", who: "bob from ops-2" }
  await leases.lock(ANN)
  expect(await leases.breakLock({ ...about, run: "d-bob" })).toBe(false)
  expect(await leases.breakLock({ ...about, run: "d-ann" })).toBe(true)
  const again = await leases.lock(ANN).catch(error => error.failure)
  expect(again.faultCode).toBe(DEPLOYMENT_FAULT.LOCKED)
  expect(again.message).toContain("the lock of d-ann was released by bob from ops-2: the runner is gone")
  await leases.lock(BOB)
  const { who, reason: why } = about
  expect(await readLog(join(root, "audit.jsonl"))).toMatchObject([
    { user: "minos", method: "deployment.lock", about: "shop/test", op: "d-ann", verdict: "accepted" },
    { user: "minos", method: "deployment.breakLock", op: "d-ann", who, why, verdict: "accepted" },
    { method: "deployment.lock", op: "d-ann", verdict: "refused" },
    { method: "deployment.lock", op: "d-bob", verdict: "accepted" },
  ])
})

test("an agent that was restarted knows of no lease, and the next renewal takes it again", async () => {
  const before = await bench("embedded")
  await leasesAt(before.proxy).lock(ANN)
  const { proxy } = await before.again()
  const leases = leasesAt(proxy)
  expect(await leases.locks("shop", "test")).toBeUndefined()
  await leases.lock(ANN)
  expect((await leases.locks("shop", "test"))?.run).toBe("d-ann")
})
