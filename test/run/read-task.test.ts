import { expect, test } from "vitest"
import { sightsOf } from "../../src/run/read-task.js"
import { fakeHost, tasksOn } from "../support/fleet.js"

test.each<[string, readonly string[], unknown]>([
  ["one process", ["web"], { process: "web" }],
  ["one process of a group", ["web:web_00"], { process: "web:web_00" }],
  ["a group", ["web:*"], "all"],
  ["two processes", ["web", "db"], "all"],
  ["a group and a process", ["web:*", "db"], "all"],
])("of a host with %s as much is read as is needed", (_, programs, sight) => {
  const host = fakeHost("a-1")
  const tasks = programs.flatMap(program => tasksOn([host]).map(task => ({ ...task, program })))
  expect([...sightsOf(tasks)]).toEqual([[host, sight]])
})
