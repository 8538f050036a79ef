import { expect, test } from "vitest"
import { saidOf, viewFleet, viewNow, viewTasks } from "../../src/run/view.js"
import { existingTask, fakeHost } from "../support/fleet.js"
import { haveOneShape } from "../support/shapes.js"
import type { Trouble } from "../support/simulated-call.js"
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

test("a host that was read before is not asked again", async () => {
  const programs = [{ name: "web" }]
  const fleet = simulatedFleet(TASKS, {
    "web-01": { programs: [], trouble: { processes: ["refused"] } },
    "web-02": { programs },
    "web-03": { programs },
  })
  const known = new Map([[one!, [await fleet.host("web-02").process("web", fleet.effects.signals.aborting)]]])
  const views = await viewTasks(TASKS, fleet.effects, { total: 9, perRegion: 9 }, known)
  expect(views.map(view => view.kind)).toEqual(["seen", "seen", "missing", "seen", "missing"])
})

test.each<[string, readonly Trouble[], string]>([
  ["reads it", ["ok"], "seen"],
  ["reads it again after a call that hung", ["hang", "ok"], "seen"],
  ["reads it again while its supervisor is started anew", ["refused", "refused", "refused", "ok"], "seen"],
  ["gives up when nothing was heard by then", ["hang", "hang", "ok"], "unreachable"],
  ["takes what is unknown for missing at once", [{ fault: 10 }, "ok"], "missing"],
])("a look at a task that is about to be changed %s", async (_, process, kind) => {
  const [task] = TASKS
  const fleet = simulatedFleet([task!], { "web-01": { programs: [{ name: "web" }], trouble: { process } } })
  expect((await viewNow(task!, fleet.effects)).kind).toBe(kind)
})

test("what is said of thousands of tasks has one shape, the names of the task first", () => {
  const said = Array.from({ length: 500 }, (_, n) =>
    saidOf(TASKS[n % TASKS.length]!, { kind: "changed", note: `${n}` }),
  )
  expect(Object.keys(said[0]!)).toEqual(["task", "host", "region", "endpoint", "kind", "note"])
  expect(haveOneShape(said)).toBe(true)
})
