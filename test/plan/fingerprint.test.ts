import { expect, test } from "vitest"
import type { Task } from "../../src/model/cluster.js"
import type { Before } from "../../src/plan/deploy-plan.js"
import { digest, fleetFingerprint } from "../../src/plan/fingerprint.js"
import { subject } from "../../src/run/view.js"
import { failure } from "../report/outcomes.js"
import { deployedAs, deployedTasksOn, fakeHost, inspectionOf } from "../support/fleet.js"
import { processInfo } from "../support/simulated-host.js"

const TASKS = deployedTasksOn([fakeHost("web-01"), fakeHost("web-02")])
const [first, second] = TASKS as [Task, Task]
const found = (process = {}, release = "1111"): Before => ({
  view: { ...subject(first), kind: "seen", processes: [processInfo(process)] },
  inspection: inspectionOf({ tasks: [deployedAs([`${release} 1.0.0`])] }),
})
const silent: Before = { view: { ...subject(first), kind: "unreachable", failure: failure("refused") } }
const gone: Before = { ...found(), view: { ...subject(first), kind: "missing", program: "web" } }
const print = (before: Before): string => fleetFingerprint(new Map([[first, before]]))

test("the same fleet has the same fingerprint", () => {
  expect(print(found())).toBe(print(found()))
})

test.each<[string, Before]>([
  ["another pid", found({ pid: 101 })],
  ["another start time, with the same pid in a new container", found({ start: 1_001 })],
  ["another release that runs", found({ release: "2222" })],
  ["another release that is deployed", found({}, "2222")],
  ["nothing deployed", { ...found(), inspection: inspectionOf() }],
  ["no program", gone],
  ["no answer", silent],
])("a fleet with %s has another", (_, before) => {
  expect(print(before)).not.toBe(print(found()))
})

test.each<[string, Before]>([
  ["the host's clock", found({ now: 9_000 })],
  [
    "what else the host has deployed",
    {
      ...found(),
      inspection: inspectionOf({
        tasks: [deployedAs(["1111 1.0.0"]), deployedAs(["2222 1.0.0"], { job: "db" })],
      }),
    },
  ],
  [
    "the space on its disk",
    { ...found(), inspection: inspectionOf({ freeBytes: 7, tasks: [deployedAs(["1111 1.0.0"])] }) },
  ],
])("it does not depend on %s", (_, before) => {
  expect(print(before)).toBe(print(found()))
})

test("two tasks that change places are another fleet", () => {
  const [one, other] = [found({ pid: 1 }), found({ pid: 2 })]
  const prints = [
    [one, other],
    [other, one],
  ].map(([a, b]) =>
    fleetFingerprint(
      new Map([
        [first, a!],
        [second, b!],
      ]),
    ),
  )
  expect(prints[0]).not.toBe(prints[1])
})

test("a digest is the sha256 of a text", () => {
  expect(digest("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
})
