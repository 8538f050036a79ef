import { describe, expect, test } from "vitest"
import { type Selection, SelectionError, select, selectHosts } from "../../src/cluster/select.js"
import { fold } from "../../src/model/ranges.js"
import { smallCluster } from "./load-text.js"

const cluster = await smallCluster()
const tasks = cluster.tasks

describe("select", () => {
  test.each<[Selection, string[]]>([
    [{}, ["web.[0-7]", "db.0"]],
    [{ region: ["east"] }, ["web.[0-5]", "db.0"]],
    [{ region: ["east,west"] }, ["web.[0-7]", "db.0"]],
    [{ region: ["*st"] }, ["web.[0-7]", "db.0"]],
    [{ host: ["web-[01-02]"] }, ["web.[0-3]"]],
    [{ host: ["web-[01,03],db-01"] }, ["web.[0-1,4-5]", "db.0"]],
    [{ host: ["db-01", "web-01"] }, ["web.[0-1]", "db.0"]],
    [{ host: ["web-*"], region: ["west"] }, ["web.[6-7]"]],
    [{ job: ["db"] }, ["db.0"]],
    [{ job: ["db"], region: ["east"], host: ["*"] }, ["db.0"]],
    [{ task: ["web.[2-3]"] }, ["web.[2-3]"]],
    [{ task: ["*.0"] }, ["web.0", "db.0"]],
  ])("%j", (selection, names) => {
    expect(fold(select(tasks, selection).map(task => task.name))).toEqual(names)
  })

  test.each<[Selection, string, string]>([
    [{ host: ["wbe-01"] }, "NO_MATCH", 'no host matches "wbe-01". Did you mean "web-01"?'],
    [{ job: ["cache"] }, "NO_MATCH", 'no job matches "cache". There is: web, db'],
    [{ host: ["web-[01-05]"] }, "NO_MATCH", 'no host matches "web-[04-05]". There is: web-[01-03,11], db-01'],
    [{ host: ["mq-*"] }, "NO_MATCH", 'no host matches "mq-*". There is: web-[01-03,11], db-01'],
    [{ host: ["web-[02-01]"] }, "NO_MATCH", '--host: "web-[02-01]" runs backwards'],
    [{ region: [""] }, "NO_MATCH", "--region is empty. There is: east, west"],
    [{ region: [] }, "EMPTY_SELECTION", "The selection matched 0 of 9 tasks"],
    [{ region: ["nort"], job: ["dbb"] }, "NO_MATCH", '"nort". There is: east, west\nno job matches "dbb"'],
    [{ host: ["\x1b[2J"] }, "NO_MATCH", "\\x1b"],
    [{ region: ["west"], job: ["db"] }, "EMPTY_SELECTION", "--region west --job db matched 0 of 9 tasks"],
  ])("%j is an error", (selection, code, message) => {
    const error = errorOf(() => select(tasks, selection))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
    expect(error.message).not.toMatch(/\x1b/)
  })

  test("of no tasks at all is an error", () => {
    expect(errorOf(() => select([], {})).message).toBe("The selection matched 0 of 0 tasks")
  })
})

describe("selectHosts", () => {
  test.each<[Selection, string[]]>([
    [{}, ["web-[01-03]", "db-01", "web-11", "spare"]],
    [{ host: ["spare"] }, ["spare"]],
    [{ region: ["west"] }, ["web-11", "spare"]],
    [{ region: ["west"], job: ["web"] }, ["web-11"]],
    [{ task: ["web.[0-1]"] }, ["web-01"]],
  ])("%j", (selection, names) => {
    expect(fold(selectHosts(cluster, selection).map(host => host.name))).toEqual(names)
  })

  test("names all that is unknown", () => {
    expect(errorOf(() => selectHosts(cluster, { host: ["spear"] })).message).toContain(
      'Did you mean "spare"?',
    )
    const empty = errorOf(() => selectHosts(cluster, { host: ["spare"], job: ["web"] }))
    expect(empty.message).toBe("--host spare --job web matched 0 of 6 hosts")
  })
})

function errorOf(act: () => unknown): SelectionError {
  try {
    act()
  } catch (error) {
    if (error instanceof SelectionError) return error
    throw error
  }
  throw new Error("nothing was thrown")
}
