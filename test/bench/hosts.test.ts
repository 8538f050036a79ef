import { expect, test } from "vitest"
import { badDayHosts, clusterFile, targetLines } from "../../bench/hosts.js"
import { clusterFrom, openCluster } from "../../src/cluster/load.js"

test("the cluster file of a bad day has its hosts in their order", () => {
  const hosts = badDayHosts(1_000, 9001, 9002)
  const text = clusterFile(hosts, "web:*")
  const { tasks } = clusterFrom(
    openCluster({ file: "minos.yaml", path: "/nowhere/minos.yaml", text }, {}),
    {},
  )
  const asked = tasks.map(task => task.host.endpoint.address as { host: string; port: number })
  expect(asked.map(({ host, port }) => `${host}:${port}\n`).join("")).toBe(targetLines(hosts))
  expect(asked.filter(({ port }) => port === 9002)).toHaveLength(5)
  expect(asked.filter(({ host }) => host.startsWith("127.4."))).toHaveLength(10)
  expect(asked.filter(({ host }) => host.startsWith("127.5."))).toHaveLength(5)
})
