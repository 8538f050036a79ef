import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import Import from "../../commands/import.js"
import { captured } from "../support/captured.js"

const CONF = join(import.meta.dirname, "../../fixtures/minos-2013/conf")
const FILE = join(CONF, "hbase/hbase-lab-tables.cfg")
const written = captured()
let folder = ""

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-import-"))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

test("the YAML goes to stdout and the notes to stderr, and both are no failure", async () => {
  expect(await run([FILE])).toBe(0)
  expect(written.out).toBe(await readFile(FILE.replace(".cfg", ".yaml"), "utf8"))
  expect(written.err).toContain(`${FILE}:36 %{regionserver.colour} is no variable that Minos knew`)
})

test("--out takes the YAML, with paths that start from there", async () => {
  const target = join(folder, "out.yaml")
  expect(await run([join(CONF, "zookeeper/common/zookeeper-common.cfg"), "--out", target])).toBe(0)
  expect(written.out).toBe("")
  expect(await readFile(target, "utf8")).toMatch(/log4j\.xml: \{source: .*fixtures\/minos-2013\/template/)
})

test("--out replaces a file with --force only, and never the one that is read", async () => {
  const file = join(folder, "x-y.cfg")
  const target = join(folder, "out.yaml")
  await writeFile(file, "[cluster]\nname=y\n")
  await writeFile(target, "mine")
  expect(await run([file, "--out", target])).toBe(2)
  expect(written.err).toContain("is there already, and is left as it is  (FILE_EXISTS)")
  expect(await readFile(target, "utf8")).toBe("mine")
  expect(await run([file, "--out", file, "--force"])).toBe(2)
  expect(written.err).toContain("is the file that is read, and is left as it is  (FILE_EXISTS)")
  expect(await run([file, "--out", target, "--force"])).toBe(0)
  expect(await readFile(target, "utf8")).toContain("service: x")
  expect(await run([file, "--out", join(folder, "no/out.yaml")])).toBe(2)
  expect(written.err).toContain("cannot be written: there is no such folder  (FILE_NOT_WRITTEN)")
})

test("a base of any name gets another file of ours", async () => {
  const file = join(folder, "x-y.cfg")
  await writeFile(file, "[configuration]\nbase=./common.yaml\n[cluster]\nname=y\n")
  expect(await run([file])).toBe(0)
  expect(written.out).toContain("extends: ./common.yaml.yaml")
  expect(written.err).toContain(`--out ${join(folder, "common.yaml.yaml")}`)
})

test("--json gives one value with YAML and notes", async () => {
  expect(await run([FILE, "--json", "--region", "lab"])).toBe(0)
  const report = JSON.parse(written.out)
  expect(report).toMatchObject({ schema: 1, command: "import", ok: true, exitCode: 0, file: FILE })
  expect(report.yaml).toContain("\nregions:\n  lab:\n")
  expect(report.notes[0]).toEqual({
    code: "LOOK",
    file: FILE,
    line: 6,
    message: expect.any(String),
    hint: expect.any(String),
  })
  expect(written.err).toBe("")
})

test("--flatten puts the base in, the file over it", async () => {
  expect(await run([join(CONF, "zookeeper/zookeeper-lab.cfg"), "--flatten"])).toBe(0)
  await expect(written.out).toMatchFileSnapshot(join(CONF, "zookeeper/zookeeper-lab.flat.yaml"))
  expect(written.err).toContain("zookeeper-common.cfg:4 ")
})

test("a base that is its own base is said, not followed for ever", async () => {
  const file = join(folder, "x-y.cfg")
  await writeFile(file, "[configuration]\nbase=./x-y.cfg\n")
  expect(await run([file, "--flatten"])).toBe(2)
  expect(written.err).toContain("more than 20 bases, one in the other")
})

test.each([
  ["a file that is not there", undefined, "no such file"],
  [
    "a file that is no such file",
    "[cluster\nwhat\n",
    "x-y.cfg:2:1 expected [section] or key=value, got what",
  ],
])("%s ends with 2", async (_, text, message) => {
  const file = join(folder, "x-y.cfg")
  if (text !== undefined) await writeFile(file, text)
  expect(await run([file])).toBe(2)
  expect(written.out).toBe("")
  expect(written.err).toContain(message)
})

async function run(argv: readonly string[]): Promise<unknown> {
  process.exitCode = undefined
  await Import.run([...argv], import.meta.url)
  return process.exitCode
}
