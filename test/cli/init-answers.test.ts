import { describe, expect, test } from "vitest"
import { firstCluster, firstHost, type InitAnswers, kindOf } from "../../src/cli/init-answers.js"

const PATH = "/srv/clusters/minos.yaml"
const CWD = "/srv"
const of = (answers: InitAnswers) => firstCluster(answers, PATH, CWD)
const who = { service: "shop", cluster: "main", host: ["web-01=10.0.3.11"] }

describe("what is missing is said at once", () => {
  test.each<[string, InitAnswers, string]>([
    ["nothing said", {}, "--service, --cluster, --host, --package and --command, or --program"],
    ["no host", { ...who, host: [], program: "redis" }, "--host"],
    ["no command", { ...who, package: "shop.tar.gz" }, "--command"],
    ["no package", { ...who, command: "a" }, "--package"],
    ["a kind alone", { ...who, kind: "deployed" }, "--package, --command"],
    ["the other kind alone", { ...who, kind: "existing" }, "--program"],
  ])("%s", (_, answers, missing) => {
    expect(() => of(answers)).toThrow(`this is missing: ${missing}`)
  })
})

test.each<[string, InitAnswers]>([
  ["a program and a package", { program: "redis", package: "a.tar.gz" }],
  ["a program and a command", { program: "redis", command: "a" }],
  ["a program and the kind deployed", { program: "redis", kind: "deployed" }],
  ["a command and the kind existing", { command: "a", kind: "existing" }],
])("%s do not go together", (_, answers) => {
  expect(() => kindOf(answers)).toThrow(expect.objectContaining({ code: "USAGE", exitCode: 2 }))
})

test.each<[string, string, string]>([
  ["shop-1.2.0.tar.gz", "shop", "1.2.0"],
  ["clusters/shop-v2.tgz", "shop", "2"],
  ["/pkg/hadoop-hdfs-3.3.6-rc1.tar.gz", "hadoop-hdfs", "3.3.6-rc1"],
  ["shop.tar.gz", "shop", "1"],
])("the package %s is %s %s", (file, name, version) => {
  const { job } = of({ ...who, package: file, command: "a" })
  expect(job).toMatchObject({ kind: "deployed", package: { name, version } })
})

test.each<[string, string]>([
  ["shop-1.tar.gz", "../shop-1.tar.gz"],
  ["clusters/shop-1.tar.gz", "./shop-1.tar.gz"],
  ["/pkg/shop-1.tar.gz", "../../pkg/shop-1.tar.gz"],
  ["/srv/clusters/.hidden/shop-1.tar.gz", "./.hidden/shop-1.tar.gz"],
])("the package %s is named as the cluster file sees it", (file, seen) => {
  const { job } = of({ ...who, package: file, command: "a" })
  expect(job.kind === "deployed" && job.package.file).toBe(seen)
})

test("the region has a name when none is said", () => {
  expect(of({ ...who, program: "redis" })).toEqual({
    service: "shop",
    cluster: "main",
    region: "main",
    hosts: [{ name: "web-01", address: "10.0.3.11" }],
    job: { kind: "existing", program: "redis" },
  })
})

test.each(["", "web-01", "=10.0.3.11", "web-01=", "web-01=a b", "a=b=c"])("%j is no host", text => {
  expect(() => firstHost(text)).toThrow("--host: expected NAME=ADDRESS")
})
