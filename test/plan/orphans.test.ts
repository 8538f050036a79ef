import { describe, expect, test } from "vitest"
import type { Host } from "../../src/model/cluster.js"
import type { DeployedTask, Inspection } from "../../src/model/deployment.js"
import { findOrphans, orphanPrograms } from "../../src/plan/orphans.js"
import { clusterOf, deployedAs, deployedTasksOn, fakeHost, inspectionOf } from "../support/fleet.js"
import { processInfo } from "../support/simulated-host.js"

const HOSTS = [fakeHost("web-01"), fakeHost("web-02")] as [Host, Host]
const TASKS = deployedTasksOn(HOSTS)

describe("findOrphans", () => {
  test.each<[string, readonly DeployedTask[], readonly string[]]>([
    ["none where there is nothing", [], []],
    ["none where all is in the file", [deployedAs(["1 1.0.0"])], []],
    ["an instance too many", [deployedAs(["1 1.0.0"], { instance: 1 })], ["web-01 web/1"]],
    ["a job that is gone", [deployedAs(["1 1.0.0"], { job: "cache" })], ["web-01 cache/0"]],
  ])("%s", (_, tasks, orphans) => {
    const inspections = new Map<Host, Inspection | undefined>([
      [HOSTS[0], inspectionOf({ tasks })],
      [HOSTS[1], undefined],
    ])
    expect(
      findOrphans(TASKS, inspections).map(
        ({ host, deployed: { job, instance } }) => `${host.name} ${job}/${instance}`,
      ),
    ).toEqual(orphans)
  })

  test("a job that moved away from a host is an orphan there", () => {
    const inspections = new Map(HOSTS.map(host => [host, inspectionOf({ tasks: [deployedAs(["1 1.0.0"])] })]))
    expect(findOrphans(TASKS.slice(1), inspections).map(({ host }) => host.name)).toEqual(["web-01"])
  })
})

test("orphanPrograms are those of this cluster that stand for no task of the host", () => {
  const program = TASKS[0]!.program
  const named = (...names: readonly string[]) => names.map(name => processInfo({ name }))
  const processes = new Map([
    [HOSTS[0], named(program, "shop.test.cache.0", "shop.prod.web.0", "cron", "shop.testing.web.0")],
    [HOSTS[1], named(program)],
  ])
  expect(orphanPrograms(clusterOf(TASKS), TASKS, processes)).toEqual([
    { host: "web-01", program: "shop.test.cache.0" },
  ])
  expect(orphanPrograms(clusterOf(TASKS), TASKS.slice(0, 1), processes)).toContainEqual({
    host: "web-02",
    program,
  })
})
