import { expect, test } from "vitest"
import { viewFleet } from "../../src/run/view.js"
import { existingTask, fakeHost } from "../support/fleet.js"
import { simulatedFleet } from "../support/simulated-fleet.js"

const [one, two, three] = ["web-01", "web-02", "web-03"].map(name => fakeHost(name))
const TASKS = [
  existingTask("web.0", one!),
  existingTask("web.1", two!),
  existingTask("pair.0", one!, "pair:*"),
  existingTask("web.2", three!),
  existingTask("pair.1", two!, "pair:*"),
]

test("a look asks each host once and gives what it saw in the order of the tasks", async () => {
  const programs = ["web", "pair:a", "pair:b"].map(name => ({ name }))
  const fleet = simulatedFleet(TASKS, {
    "web-01": { programs },
    // A second call would be answered.
    "web-02": { programs, trouble: { processes: ["hang", "ok"] } },
    "web-03": { programs: [] },
  })
  const seen: string[] = []
  const limits = { total: 9, perRegion: 9 }
  const { views, processes } = await viewFleet(TASKS, fleet.effects, limits, host => seen.push(host.name))
  expect(views.map(view => [view.task, view.kind])).toEqual([
    ["web.0", "seen"],
    ["web.1", "unreachable"],
    ["pair.0", "seen"],
    ["web.2", "missing"],
    ["pair.1", "unreachable"],
  ])
  expect(views[2]).toMatchObject({ processes: [{ name: "a" }, { name: "b" }] })
  expect([...processes].map(([host, all]) => [host.name, all.length])).toEqual([
    ["web-01", 3],
    ["web-03", 0],
  ])
  expect([...seen].sort()).toEqual(["web-01", "web-02", "web-03"])
})
