import { isDeepStrictEqual } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { mostRefusals } from "../support/refusals.js"
import { until } from "../support/until.js"
import { fourLetter, monitored } from "../support/zookeeper.js"
import { openZooKeeper } from "../support/zookeeper-client.js"
import { startCounter } from "../support/zookeeper-counter.js"
import { FIRST_START, startZooKeeperFleet, type ZooKeeperFleet } from "../support/zookeeper-fleet.js"

let fleet: ZooKeeperFleet
let five: readonly string[]
let six: readonly string[]

beforeAll(async () => {
  fleet = await startZooKeeperFleet()
  five = fleet.endpoints(5)
  six = fleet.endpoints(6)
})
afterAll(() => fleet?.end())

/** `minos COMMAND`, which must end well. */
async function run(command: string, ...more: string[]): Promise<any> {
  const ran = await fleet.run(command, [...more, "--json"])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  return { ...JSON.parse(ran.stdout), stderr: ran.stderr }
}

const ask = (endpoints: readonly string[], word: string) =>
  Promise.all(
    endpoints.map(endpoint => {
      const [host, port] = endpoint.split(":")
      return fourLetter(Number(port), word, host)
    }),
  )

/** What the servers are, and how many each of them knows, sorted. */
async function roles(endpoints: readonly string[]): Promise<readonly string[]> {
  const told = (await ask(endpoints, "mntr")).map(monitored)
  return told.map(monitor => `${monitor.get("zk_server_state")} of ${monitor.get("zk_quorum_size")}`).sort()
}

const oneLeads = (servers: number) => [
  ...Array(servers - 1).fill(`follower of ${servers}`),
  `leader of ${servers}`,
]

/** After a change the last server has joined the others; when it was the leader, these may still be about to choose one. */
const settled = (endpoints: readonly string[]) =>
  until("one leads and the others follow", async () =>
    isDeepStrictEqual(await roles(endpoints), oneLeads(endpoints.length)),
  )

/** What a server holds in the node that is written at the beginning. */
async function noteAt(endpoint: string): Promise<string> {
  const client = await openZooKeeper([endpoint])
  try {
    // A follower may be a moment behind.
    await until("the note is there", () => client.exists("/note"))
    return (await client.getData("/note")).data
  } finally {
    await client.close()
  }
}

/**
 * Counts up in a node during the work. What was acknowledged is never lost, the count never goes back, and never more than one
 * server is down.
 */
async function whileCounting<T>(servers: readonly string[], work: () => Promise<T>): Promise<T> {
  const counter = await startCounter(servers, "/counter", { pace: 100 })
  const before = counter.acknowledged()
  const working = work()
  const refused = await mostRefusals(servers, working)
  const counted = await counter.stop()
  const result = await working
  expect(counted.wrong).toEqual([])
  expect(counted.last).toBeGreaterThanOrEqual(counted.acknowledged)
  expect(counted.acknowledged).toBeGreaterThan(before)
  expect(refused).toBe(1)
  return result
}

describe.sequential("a ZooKeeper on four hosts in three regions", { timeout: 120_000 }, () => {
  test("a first deploy starts all of its servers, and ends when they have a quorum", async () => {
    const ran = await fleet.run("deploy", ["--yes"], FIRST_START)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await ask(five, "ruok")).toEqual(Array(5).fill("imok"))
    expect(await roles(five)).toEqual(oneLeads(5))
    const client = await openZooKeeper(five)
    await client.create("/note", "kept")
    await client.close()
    expect(await noteAt(five[4]!)).toBe("kept")
  })

  test("a rolling restart loses no write", async () => {
    const before = fleet.pids()
    const { outcomes } = await whileCounting(five, () => run("restart", "--yes"))
    expect(outcomes.map((outcome: any) => outcome.kind)).toEqual(Array(5).fill("changed"))
    const after = fleet.pids()
    expect(after).toHaveLength(5)
    expect(after.filter(pid => before.includes(pid))).toEqual([])
    await settled(five)
  })

  test("a property of the base file is one difference of all servers, and a deploy brings it to them", async () => {
    await fleet.edit("common/zookeeper.yaml", "initLimit: 10\n", "initLimit: 12\n")
    const plan = await fleet.run("plan")
    expect(plan.code, plan.stdout + plan.stderr).toBe(10)
    expect(differences(plan.stdout)).toEqual([
      "zookeeper.[0-4]:",
      "  - conf/zoo.cfg | initLimit=10",
      "  + conf/zoo.cfg | initLimit=12",
    ])
    await whileCounting(five, () => run("deploy", "--yes"))
    await settled(five)
    for (const conf of await ask(five, "conf")) expect(conf).toContain("initLimit=12\n")
  })

  test("a sixth server is added after all others know of it, and their data stays", async () => {
    await fleet.servers(6)
    const { stderr } = await whileCounting(five, () => run("deploy", "--yes"))
    expect(differences(stderr)).toEqual([
      "zookeeper.[0-4]:",
      expect.stringMatching(/^ {2}\+ conf\/servers\.cfg \| server\.6=127\.0\.41\.5:\d+:\d+$/),
    ])
    expect(stderr.trimEnd().split("\n").at(-1)).toContain("changed  madrid mad-1 zookeeper.5")
    await settled(six)
    expect(await Promise.all(six.map(noteAt))).toEqual(Array(6).fill("kept"))
  })

  test("it is removed before the others forget it", async () => {
    const only = ["--host", "mad-1"]
    await run("stop", ...only, "--yes")
    await run("cleanup", ...only, "--data", "--confirm", "tst")
    await fleet.servers(5)
    await whileCounting(five, () => run("deploy", "--yes"))
    await settled(five)
    expect(await Promise.all(five.map(noteAt))).toEqual(Array(5).fill("kept"))
  })

  test("a cleanup leaves nothing behind", async () => {
    expect(await fleet.left()).not.toEqual([])
    await run("stop", "--yes")
    await run("cleanup", "--data", "--confirm", "tst")
    expect([fleet.pids(), await fleet.left()]).toEqual([[], []])
  })
})

/** The lines of a plan that say how releases differ. */
function differences(plan: string): readonly string[] {
  return plan.split("\n").filter(line => /^(zookeeper\S*:$| {2}[-+] )/.test(line))
}
