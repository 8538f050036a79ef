import { expect, test } from "vitest"
import type { DeployedTask } from "../../src/model/deployment.js"
import type { ProcessState } from "../../src/model/process.js"
import { release } from "../../src/model/release.js"
import { type Before, planDeploy } from "../../src/plan/deploy-plan.js"
import { subject } from "../../src/run/view.js"
import { deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"
import { processInfo } from "../support/simulated-host.js"

const [task] = deployedTasksOn([fakeHost("web-01")])
const to = release({ name: "shop", version: "2.0.0", sha256: "2".repeat(64) }, SETTINGS)
const here = (release: string, instance = 0, job = "web"): DeployedTask => ({
  job,
  instance,
  release,
  version: "1.0.0",
})

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
  const [step] = planDeploy([task!], () => to, new Map([[task!, before(tasks, states)]]))
  expect(step).toMatchObject({ task, action, to })
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

function before(tasks: readonly DeployedTask[], states: readonly ProcessState[]): Before {
  return {
    view:
      states.length === 0
        ? { ...subject(task!), kind: "missing", program: task!.program }
        : { ...subject(task!), kind: "seen", processes: states.map(state => processInfo({ state })) },
    inspection: { agent: "1", backend: "embedded", now: 0, hasPackage: true, freeBytes: 0, tasks },
  }
}
