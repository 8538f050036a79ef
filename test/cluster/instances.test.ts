import { expect, test } from "vitest"
import { instancesOn } from "../../src/cluster/instances.js"
import { jobHostFinder } from "../../src/cluster/job-hosts.js"

const HOSTS = [
  { name: "web-01", region: "east" },
  { name: "web-02", region: "east" },
  { name: "7", region: "east" },
  { name: "web-03", region: "west" },
]
const find = jobHostFinder(HOSTS)

test.each<[string, Parameters<typeof instancesOn>[0], readonly string[], readonly number[]]>([
  ["none said", undefined, [], [1, 1, 1, 1]],
  ["one number", 3, [], [3, 3, 3, 3]],
  ["a host", { "web-02": 2 }, ["web-02"], [1, 2, 1, 1]],
  ["a range", { "web-[02-03]": 2 }, ["web-[02-03]"], [1, 2, 1, 2]],
  ["a glob", { "web-*": 2 }, ["web-*"], [2, 2, 1, 2]],
  ["a region", { west: 2 }, ["west"], [1, 1, 1, 2]],
  ["the last one counts", { "*": 4, east: 3, "web-02": 2 }, ["*", "east", "web-02"], [3, 2, 3, 4]],
  [
    "the last one counts, also when it is the wider one",
    { "web-02": 2, "*": 4 },
    ["web-02", "*"],
    [4, 4, 4, 4],
  ],
  ["a name like a number stays where it is in the file", { "*": 4, "7": 2 }, ["*", "7"], [4, 4, 2, 4]],
  ["nothing that is there", { "db-*": 2, "[": 3 }, ["db-*", "["], [1, 1, 1, 1]],
])("%s", (_, instances, patterns, expected) => {
  expect(HOSTS.map(host => instancesOn(instances, patterns, find)(host.name))).toEqual(expected)
})
