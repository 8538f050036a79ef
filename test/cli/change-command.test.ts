import { Config } from "@oclif/core"
import { beforeAll, describe, expect, test } from "vitest"
import { ChangeCommand, type ChangeFlags } from "../../src/cli/change-command.js"
import { clusterOf, deployedTasksOn, existingTask, fakeHost } from "../support/fleet.js"

class Probe extends ChangeCommand {
  async run(): Promise<void> {}

  asked(production: boolean, flags: Partial<ChangeFlags>): Promise<void> {
    const limits = { fanout: 1, "fanout-region": 1 }
    return this.ask("restart", { ...CLUSTER, production }, TASKS, { ...limits, ...flags })
  }
}

const HOSTS = ["bj-01", "bj-02", "bj-03"].map(name => fakeHost(name, "beijing"))
const TASKS = deployedTasksOn(HOSTS)
const CLUSTER = clusterOf([...TASKS, existingTask("db.0", HOSTS[0]!)])
let probe: Probe
beforeAll(async () => {
  probe = new Probe([], await Config.load(import.meta.url))
})

describe("before a change, with nobody at the keyboard", () => {
  test.each<[string, boolean, Partial<ChangeFlags>]>([
    ["--yes", false, { yes: true }],
    ["--yes in production", true, { yes: true }],
    ["--confirm with the name", false, { confirm: "test" }],
    ["--confirm with the name in production", true, { confirm: "test" }],
  ])("%s is enough", async (_, production, flags) => {
    await expect(probe.asked(production, flags)).resolves.toBeUndefined()
  })

  test.each<[string, boolean, Partial<ChangeFlags>, RegExp]>([
    ["nothing", false, {}, /^restart 3 tasks of shop\/test on 3 hosts in 1 region \(bj-\[01-03\]\)\?/],
    ["another name", true, { confirm: "demo" }, /^the cluster is test, not "demo"/],
    ["another name where none need be typed", false, { confirm: "demo" }, /^the cluster is test, not "demo"/],
  ])("%s is a no", async (_, production, flags, message) => {
    await expect(probe.asked(production, flags)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(message),
    })
  })
})
