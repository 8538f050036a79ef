import { describe, expect, test } from "vitest"
import type { DeployedTask } from "../../src/model/deployment.js"
import type { ProcessState } from "../../src/model/process.js"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import { type Before, planDeploy, planRollback } from "../../src/plan/deploy-plan.js"
import { subject } from "../../src/run/view.js"
import { deployedAs, deployedTasksOn, fakeHost, inspectionOf, SETTINGS } from "../support/fleet.js"
import { processInfo } from "../support/simulated-host.js"

const [task] = deployedTasksOn([fakeHost("web-01")])
const to = release({
  package: { name: "shop", version: "2.0.0", sha256: "2".repeat(64) },
  process: SETTINGS,
  ...PLAIN_RELEASE,
})

describe("a deploy", () => {
  const here = (release: string, instance = 0, job = "web"): DeployedTask =>
    deployedAs([`${release} 1.0.0`], { instance, job })

  test.each<[string, readonly DeployedTask[], readonly ProcessState[], string, string | undefined]>([
    ["nothing is there: install", [], [], "install", undefined],
    ["another release is there: update", [here("old")], ["RUNNING"], "update", "old"],
    ["another release is there and does not run: update", [here("old")], ["FATAL"], "update", "old"],
    ["the right release runs: none", [here(to.id)], ["RUNNING"], "none", to.id],
    ["the right release is stopped: start", [here(to.id)], ["STOPPED"], "start", to.id],
    ["the right release is STARTING still: start", [here(to.id)], ["STARTING"], "start", to.id],
    ["the supervisor lost the right release: start", [here(to.id)], [], "start", to.id],
    ["only another instance has it: install", [here(to.id, 1)], ["RUNNING"], "install", undefined],
    ["only another job has it: install", [here(to.id, 0, "db")], ["RUNNING"], "install", undefined],
  ])("%s", (_, tasks, states, action, from) => {
    const [step] = planDeploy([task!], () => to, new Map([[task!, beforehand(tasks, states)]]))
    expect(step).toMatchObject({ task, action, to, release: to })
    expect(step?.from?.release).toBe(from)
  })

  test("nothing is known of a host that did not answer", () => {
    const [step] = planDeploy([task!], () => to, new Map())
    expect(step?.action).toBe("unknown")
  })

  test("the steps come in the order of the tasks, each with its own release", () => {
    const tasks = deployedTasksOn(["b", "a", "c"].map(name => fakeHost(name)))
    const releases = new Map(tasks.map(one => [one, { ...to, id: one.name }]))
    const steps = planDeploy(tasks, one => releases.get(one)!, new Map())
    expect(steps.map(step => [step.task.name, step.to.id])).toEqual([
      ["web.0", "web.0"],
      ["web.1", "web.1"],
      ["web.2", "web.2"],
    ])
  })
})

describe("a rollback", () => {
  const KEPT = ["cccccccccccc 3.0.0", "bbbbbbbbbbbb 2.0.0", "aaaaaaaaaaaa 1.0.0", "aaaabbbbbbbb 0.9.0"]
  const switches = [
    { op: "d-20261122-101500-x7f2/activate/web.0", from: "bbbbbbbbbbbb" },
    { op: "d-20261101-101500-aaaa/activate/web.0", from: "aaaaaaaaaaaa" },
    { op: "d-20261001-101500-bbbb/activate/web.0", from: "gone" },
    { op: "d-20260901-101500-cccc/activate/web.0", from: "" },
  ]
  const kept = (given: Partial<DeployedTask> = {}): DeployedTask => deployedAs(KEPT, { switches, ...given })

  test.each<[string, string | undefined, Partial<DeployedTask>, string]>([
    ["without a name goes to the release before", undefined, {}, "update to 2.0.0"],
    [
      "goes to what ran before, not to what stands next on the disk",
      undefined,
      { previous: "aaaaaaaaaaaa" },
      "update to 1.0.0",
    ],
    ["goes to a version", "1.0.0", {}, "update to 1.0.0"],
    ["goes to the start of a release's id", "bbbb", {}, "update to 2.0.0"],
    ["goes to a whole id", "aaaabbbbbbbb", {}, "update to 0.9.0"],
    ["takes the newest use where an id begins so twice", "aaaa", {}, "update to 1.0.0"],
    ["takes no id that is named by too few letters", "bbb", {}, "missing: it does not keep bbb"],
    ["undoes an operation", "d-20261122-101500-x7f2", {}, "update to 2.0.0"],
    ["goes behind an older operation", "d-20261101-101500-aaaa", {}, "update to 1.0.0"],
    [
      "goes behind the first switch of an operation that was reverted",
      "d-20261130-101500-dddd",
      {
        switches: [
          { op: "d-20261130-101500-dddd/revert/web.0", from: "bbbbbbbbbbbb" },
          { op: "d-20261130-101500-dddd/activate/web.0", from: "cccccccccccc" },
          ...switches,
        ],
      },
      "none to 3.0.0",
    ],
    [
      "does not take the start of an operation for the whole",
      "d-2026",
      {},
      "missing: it does not keep d-2026",
    ],
    [
      "cannot go behind an operation whose release is gone",
      "d-20261001-101500-bbbb",
      {},
      "missing: it does not keep d-20261001-101500-bbbb",
    ],
    [
      "cannot go behind the first operation",
      "d-20260901-101500-cccc",
      {},
      "missing: it does not keep d-20260901-101500-cccc",
    ],
    ["leaves alone what runs the wanted version", "3.0.0", {}, "none to 3.0.0"],
    ["names a version that is not kept", "7.0.0", {}, "missing: it does not keep 7.0.0"],
    [
      "names a task that had no release before",
      undefined,
      { previous: "" },
      "missing: there is no release before this one",
    ],
    [
      "names a release before that is gone from the disk",
      undefined,
      { previous: "dddddddddddd" },
      "missing: it does not keep dddddddddddd",
    ],
  ])("%s", (_, wanted, given, plan) => {
    expect(planned(wanted, beforehand([kept(given)], ["RUNNING"]))).toBe(plan)
  })

  test("starts the wanted release where it is current and does not run", () => {
    expect(planned("3.0.0", beforehand([kept()], ["STOPPED"]))).toBe("start to 3.0.0")
  })

  test("names a task that was never deployed", () => {
    expect(planned(undefined, beforehand([], []))).toBe("missing: nothing is deployed")
  })

  test("does not take a host that did not answer for one without the release", () => {
    const { steps, missing } = planRollback([task!], undefined, new Map())
    expect(steps[0]?.action).toBe("unknown")
    expect(missing).toEqual([])
  })

  test("prepares nothing: its steps have no whole release", () => {
    const { steps } = planRollback([task!], undefined, new Map([[task!, beforehand([kept()], ["RUNNING"])]]))
    expect(steps[0]).not.toHaveProperty("release")
    expect(steps[0]).toMatchObject({ from: { release: "cccccccccccc" }, to: { id: "bbbbbbbbbbbb" } })
  })

  test("has a step for each task in their order, and names all that lack the release, with their hosts", () => {
    const tasks = deployedTasksOn(["web-01", "web-02", "web-03"].map(name => fakeHost(name)))
    const bare = beforehand([deployedAs(["cccccccccccc 3.0.0"])], ["RUNNING"])
    const { steps, missing } = planRollback(
      tasks,
      undefined,
      new Map(tasks.map((one, n) => [one, n === 1 ? beforehand([kept()], ["RUNNING"]) : bare])),
    )
    expect(steps.map(step => step.task)).toEqual(tasks)
    expect(missing).toEqual([
      "web.0 on web-01: there is no release before this one",
      "web.2 on web-03: there is no release before this one",
    ])
  })

  function planned(wanted: string | undefined, seen: Before): string {
    const { steps, missing } = planRollback([task!], wanted, new Map([[task!, seen]]))
    const [step] = steps
    if (missing.length > 0) return missing.join().replace("web.0 on web-01", "missing")
    return `${step?.action} to ${step?.to.package.version}`
  }
})

function beforehand(tasks: readonly DeployedTask[], states: readonly ProcessState[]): Before {
  return {
    view:
      states.length === 0
        ? { ...subject(task!), kind: "missing", program: task!.program }
        : { ...subject(task!), kind: "seen", processes: states.map(state => processInfo({ state })) },
    inspection: inspectionOf({ tasks }),
  }
}
