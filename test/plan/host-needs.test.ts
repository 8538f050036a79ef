import { expect, test } from "vitest"
import { PLAIN_RELEASE, type ReleaseFile, type ReleaseParts, release } from "../../src/model/release.js"
import { hostNeeds, usersOf } from "../../src/plan/host-needs.js"
import { deployedTasksOn, fakeHost, SETTINGS } from "../support/fleet.js"

const made = (parts: Partial<ReleaseParts> = {}) =>
  release({
    package: { name: "shop", version: "1", sha256: "1".repeat(64) },
    process: SETTINGS,
    ...PLAIN_RELEASE,
    ...parts,
  })
const blob = (path: string, size: number, owner?: string): ReleaseFile => ({
  path,
  mode: 0o644,
  content: { kind: "blob", sha256: String(size).padStart(64, "0"), size },
  ...(owner !== undefined && { owner }),
})

test("a host needs what all of its releases need, each content once more than it is used", () => {
  const [one, two, three] = deployedTasksOn(["a", "b", "c"].map(name => fakeHost(name)))
  const onOne = { ...two!, host: one!.host }
  const needs = hostNeeds([
    { task: one!, release: made({ files: [blob("a", 10, "web:ops"), blob("b", 5)], data: [2] }) },
    { task: onOne, release: made({ process: { ...SETTINGS, user: "app" }, files: [blob("a", 10)] }) },
    { task: three!, release: made() },
    { task: two! },
  ])
  expect([...needs]).toEqual([
    [one!.host, { users: ["web", "app"], disks: 3, bytes: 15 + 25, isNew: true }],
    [three!.host, { users: [], disks: 1, bytes: 0, isNew: false }],
  ])
})

test.each<[string, Partial<ReleaseParts>]>([
  ["a folder in its command", { process: { ...SETTINGS, argv: ["x", [{ folder: "data" }]] } }],
  ["a folder in its environment", { process: { ...SETTINGS, env: { A: [{ folder: "log" }] } } }],
  ["a umask", { process: { ...SETTINGS, umask: "027" } }],
  ["a script", { scripts: { preStart: ["x"] } }],
  ["another disk", { data: [1] }],
])("a release with %s is none for older agents", (_, parts) => {
  const [task] = deployedTasksOn([fakeHost("a")])
  expect(hostNeeds([{ task: task!, release: made(parts) }]).get(task!.host)?.isNew).toBe(true)
})

test("a release names the users of its program and of its files, each once", () => {
  const files = [blob("a", 1, "web:ops"), blob("b", 2, "root"), blob("c", 3, "web")]
  expect(usersOf(made({ process: { ...SETTINGS, user: "web" }, files }))).toEqual(["web", "root"])
  expect(usersOf(made())).toEqual([])
})
