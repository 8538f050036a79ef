import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { parse as parseYaml, stringify } from "yaml"
import { check } from "../../src/cluster/check.js"
import { parse } from "../../src/cluster/parse.js"
import { secretLookup } from "../../src/cluster/secrets.js"
import { parseConfig } from "../../src/import/configobj.js"
import { convert } from "../../src/import/convert.js"
import { formatNote } from "../../src/import/note.js"

// A new case is a new .cfg file there; `npx vitest -u` writes what is expected of it; read what it wrote.
const FOLDER = join(import.meta.dirname, "../../fixtures/minos-2013")
const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter(name => name.endsWith(".cfg"))

describe("a cluster file of Minos becomes one of ours, with notes on what it could not carry over", () => {
  test.each(files)("%s", async name => {
    const { root, problems } = parseConfig(name, readFileSync(join(FOLDER, name), "utf8"))
    expect(problems).toEqual([])
    const { yaml, notes } = convert(root, { path: `/minos/config/${name}`, region: "default" })
    await expect(yaml).toMatchFileSnapshot(join(FOLDER, name.replace(/\.cfg$/, ".yaml")))
    const said = notes.map(note => `${formatNote(note)}\n`).join("")
    await expect(said).toMatchFileSnapshot(join(FOLDER, name.replace(/\.cfg$/, ".notes.txt")))
  })
})

describe("the result is a file that minos reads", () => {
  const converted = files.map(name => [
    name,
    readFileSync(join(FOLDER, name.replace(/\.cfg$/, ".yaml")), "utf8"),
  ])
  test.each(converted as [string, string][])("%s", (name, yaml) => {
    expect(() => parse(name, yaml)).not.toThrow()
  })

  // The names, hosts, addresses and labels; a base has none of them.
  test.each(converted.filter(([, yaml]) => yaml?.includes("\nregions:")) as [string, string][])(
    "%s is in order",
    (name, yaml) => {
      const { service, cluster, package: pack, regions, jobs } = parseYaml(yaml)
      const hosts = Object.entries<{ hosts: string[] }>(jobs).map(([job, { hosts }]) => [
        job,
        { hosts, command: "java" },
      ])
      const text = stringify({ service, cluster, package: pack, regions, jobs: Object.fromEntries(hosts) })
      expect(() => check(parse(name, text), secretLookup({}, FOLDER))).not.toThrow()
    },
  )
})
