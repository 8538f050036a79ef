import { expect, test } from "vitest"
import { check } from "../../src/cluster/check.js"
import { localFiles } from "../../src/cluster/files/local-file.js"
import { openCluster } from "../../src/cluster/load.js"
import { readClusterFile } from "../../src/cluster/read.js"
import { secretLookups } from "../../src/cluster/secret-lookup.js"
import { inFolder, smallFile } from "./in-folder.js"

/** How often texts of a job were rendered that name another cluster, for each of its `tasks` tasks. */
function timesRendered(job: string, top = ""): Promise<{ readonly reads: number; readonly tasks: number }> {
  return inFolder({ "main.yaml": smallFile({ job: `instances: 5\n${job}`, top }) }, folder => {
    let reads = 0
    const other = () => {
      reads++
      return { service: "zk", cluster: "one", jobs: [] }
    }
    const opened = openCluster(readClusterFile({ file: "main.yaml", env: {}, cwd: folder }), {})
    const { tasks } = check(opened, { lookup: secretLookups({}), files: localFiles(folder), other })
    return { reads, tasks: tasks.length }
  })
}

const NAME = "{{ clusters['zk/one'].service }}"

test.each<[string, string, string, number]>([
  [
    "one that reads nothing of the task",
    `env: {A: "${NAME} {{ job.tasks.size }} {{ vars.a }}"}`,
    "vars: {a: 1}",
    1,
  ],
  ["the same text twice", `env: {A: "${NAME}", B: "${NAME}"}`, "", 1],
  ["one that reads the task", `env: {A: "${NAME} {{ task.number }}"}`, "", 10],
  ["one that reads the host", `env: {A: "${NAME} {{ host.name }}"}`, "", 10],
  [
    "one that reads the task in a variable",
    `env: {A: "${NAME} {{ vars.a }}"}`,
    'vars: {a: "{{ task.number }}"}',
    10,
  ],
  [
    "one that reads the task in a list of variables, which another one has read before",
    `env: {A: "{{ vars.a | join }}", B: "${NAME} {{ vars.a | join }}"}`,
    'vars: {a: ["{{ task.number }}"]}',
    10,
  ],
  [
    "one that reads the task only sometimes",
    `env: {A: "${NAME}{% if job.name == 'x' %}{{ task.number }}{% endif %}"}`,
    "",
    1,
  ],
  ["one with a folder", `env: {A: "${NAME} {{ task.data }}"}`, "", 10],
])("a text is rendered once for its job, or once for each task: %s", async (_, job, top, times) => {
  expect(await timesRendered(job, top)).toEqual({ reads: times, tasks: 10 })
})
