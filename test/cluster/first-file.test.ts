import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { type FirstCluster, type FirstJob, firstFile } from "../../src/cluster/first-file.js"
import { clusterJsonSchema } from "../../src/cluster/json-schema.js"
import { schemaErrors } from "../support/json-schema.js"
import { problemsIn } from "./load-text.js"

const deployed: FirstJob = {
  kind: "deployed",
  package: { name: "shop", version: "1.10", file: "./shop-1.10.tar.gz" },
  command: "node server.js --port 8080",
}
const first = (job: FirstJob): FirstCluster => ({
  service: "shop",
  cluster: "main",
  region: "east",
  hosts: [
    { name: "web-[01-03]", address: "10.0.3.[11-13]" },
    { name: "db", address: "fd00::1" },
  ],
  job,
})

test.each<[string, FirstJob]>([
  ["a job that minos deploys", deployed],
  ["a job that is there already", { kind: "existing", program: "redis:*" }],
])("a first file for %s is in order, also with all that it only mentions", async (_, job) => {
  const text = firstFile(first(job))
  expect(await problemsIn(text)).toEqual([])
  const all = text.replace(/^( *)# (?=(agent|instances|env|checks):)/gm, "$1")
  expect(all.match(/^ *(agent|instances|env|checks):/gm)?.length).toBe(job.kind === "deployed" ? 4 : 2)
  expect(await problemsIn(all, { MINOS_PASSWORD: "not-for-print" })).toEqual([])
  expect(schemaErrors(parse(all), clusterJsonSchema())).toEqual([])
})

describe("a first file", () => {
  test("is short enough to be read at once", () => {
    expect(firstFile(first(deployed)).split("\n").length).toBeLessThan(32)
  })

  test("says what it was told, whatever that is", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "true",
        "No",
        "1.10",
        "0x1",
        "null",
        "~",
        "./a",
        ".5",
        ".inf",
        "a: b",
        "a #b",
        "- a",
        "a -",
        "*",
      ),
    )
    const key = text.filter(name => name !== "" && !["<<", "__proto__"].includes(name))
    fc.assert(
      fc.property(key, text, key, text, text, (service, cluster, name, address, command) => {
        const written = firstFile({
          ...first(deployed),
          service,
          cluster,
          hosts: [{ name, address }],
          job: { ...deployed, command },
        })
        const read = parse(written)
        expect([read.service, read.cluster, read.regions.east.hosts[name]]).toEqual([
          service,
          cluster,
          address,
        ])
        expect(read.jobs[service].command).toBe(command)
      }),
    )
  })
})
