import { expect, test } from "vitest"
import { PLAIN_RELEASE, release } from "../../src/model/release.js"
import type { DeployStep } from "../../src/plan/deploy-plan.js"
import { PLAIN } from "../../src/report/palette.js"
import { planText } from "../../src/report/plan-text.js"
import { deployedAs, deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"

const to = release({
  package: { name: "shop", version: "2.0.0", sha256: "2".repeat(64) },
  process: SETTINGS,
  ...PLAIN_RELEASE,
})
const tasks = deployedTasksOn([
  ...["web-01", "web-02", "web-03", "web-04"].map(name => fakeHost(name)),
  fakeHost("fra-01", "west"),
])
const from = (release: string, version: string) => deployedAs([`${release} ${version}`])
const steps: readonly DeployStep[] = [
  { task: tasks[0]!, action: "update", from: from("1111111111111111", "1.0.0"), to },
  { task: tasks[1]!, action: "update", from: from("1111111111111111", "1.0.0"), to },
  { task: tasks[2]!, action: "update", from: from("2222222222222222", "2.0.0"), to },
  { task: tasks[3]!, action: "none", from: from(to.id, "2.0.0"), to },
  { task: tasks[4]!, action: "install", to },
]

test("a plan gathers equal steps, and tells releases of one version apart", () => {
  expect(planText(steps, PLAIN, 100)).toEqual([
    "   JOB  REGION  ACTION     VERSION                   TASKS  HOSTS",
    "~  web  east    update     1.0.0 -> 2.0.0            2      web-[01-02]",
    `~  web  east    update     2.0.0 (222222 -> ${to.id.slice(0, 6)})  1      web-03`,
    "   web  east    unchanged  2.0.0                     1      web-04",
    "+  web  west    install    2.0.0                     1      fra-01",
    "5 tasks: 1 to install, 3 to update, 1 unchanged",
  ])
})

test("nothing that an agent says reaches the terminal as it is", () => {
  const step: DeployStep = {
    task: tasks[0]!,
    action: "update",
    from: from("1111111111111111", "\x1b[2J\r"),
    to,
  }
  expect(planText([step], PLAIN, 100).join("")).not.toMatch(/[\x1b\r]/)
})
