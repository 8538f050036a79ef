import { existsSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { type FormatName, formatFile } from "../../../src/cluster/formats/format-file.js"
import { runPython } from "../../support/python.js"
import { readSystemdEnv } from "./systemd-env.js"
import { tree, type Written, type WrittenMap } from "./values.js"

/*
 * What is written is read back by the programs that read such files: one process for all samples of a format. A sample that the format
 * cannot hold is left out, and most must be left.
 */

const JAVA = "/usr/bin/java"
const JARS = ["zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-nop", "netty-all"].map(
  name => `/usr/share/java/${name}.jar`,
)

// Short, and full of what means something somewhere.
const CHARACTERS = [
  ..." \t\n\r\f'\"\\$`&<>#;!=:,%[]{}*-~?|@/.é\u0085\u00a0\u2028\ufeff\u007f\u0001😀aAnNyY01eE",
]
const nasty = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 8 }).map(all => all.join(""))
const words = fc.constantFrom(
  "yes",
  "null",
  "1.10",
  "1e3",
  "0x1f",
  "2020-01-01",
  "1:30",
  "a: b",
  "- a",
  "]]>",
)
const text = fc.oneof(nasty, words, fc.string({ maxLength: 12, unit: "grapheme" }))
const plain = fc.string({ maxLength: 8, unit: fc.constantFrom(..."ab _-.=:;#'\"\\é😀") }).map(of => of.trim())
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
)
const leaf = fc.oneof(text, number, fc.boolean())
const sectionName = fc.stringMatching(/^s-[a-z]{1,3}$/)
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,6}$/)

function pairs(key: fc.Arbitrary<string>, value: fc.Arbitrary<Written>): fc.Arbitrary<WrittenMap> {
  return fc.uniqueArray(fc.tuple(key, value), { maxLength: 6, selector: ([key]) => key.toLowerCase() })
}

const nested = fc.letrec<{ value: Written }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }).map(list => ({ list })),
    pairs(text, tie("value")),
  ),
})).value

interface Sample {
  readonly pairs: WrittenMap
  readonly file: string
}

function samples(format: FormatName, of: fc.Arbitrary<WrittenMap>, numRuns = 120): readonly Sample[] {
  const all = fc.sample(of, { numRuns, seed: 7 }).flatMap(pairs => {
    const formatted = formatFile(format, tree(pairs))
    return formatted.kind === "text" ? [{ pairs, file: formatted.text as string }] : []
  })
  expect(all.length).toBeGreaterThan(numRuns / 4)
  return all
}

// What a reader without types gives: every leaf a text.
function texts(pairs: WrittenMap): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.map(([key, value]) => [key, String(value)]))
}

/** The data of a sample as JSON would have it. */
function data(value: Written): unknown {
  if (typeof value !== "object" || "pieces" in value) return Object.is(value, -0) ? 0 : value
  if ("list" in value) return value.list.map(data)
  return Object.fromEntries(value.map(([key, item]) => [key, data(item)]))
}

async function python(program: string, files: readonly Sample[]): Promise<unknown[]> {
  const head = "import json, sys\nfiles = json.load(sys.stdin)\n"
  const input = JSON.stringify(files.map(({ file }) => file))
  return JSON.parse(await runPython(head + program, [], input))
}

describe("json", () => {
  const all = samples("json", pairs(text, nested))

  test("is read by Python, in the order of the values", async () => {
    const read = await python("print(json.dumps([list(json.loads(f).keys()) for f in files]))", all)
    expect(read).toEqual(all.map(({ pairs }) => pairs.map(([key]) => key)))
  })

  test("is what JSON.stringify writes, but for that order", () => {
    for (const { pairs, file } of all) expect(JSON.parse(file)).toEqual(data(pairs))
    const ordinary = all.filter(({ pairs }) => pairs.every(([key]) => !/^\d+$/.test(key)))
    const [first] = ordinary.filter(({ pairs }) => pairs.every(([, value]) => typeof value !== "object"))
    expect(first?.file).toBe(`${JSON.stringify(data(first?.pairs ?? []), null, 2)}\n`)
  })
})

describe("yaml", () => {
  const all = samples("yaml", pairs(text, nested))

  test.each(["1.1", "1.2"] as const)("is read as %s", version => {
    for (const { pairs, file } of all) expect(parse(file, { version })).toEqual(data(pairs))
  })

  test("is read by PyYAML, where there is one", async () => {
    const program =
      "try:\n  import yaml\nexcept ImportError:\n  print('[]')\n  sys.exit()\n" +
      "print(json.dumps([yaml.safe_load(f) for f in files]))"
    const read = await python(program, all)
    if (read.length > 0) expect(read).toEqual(all.map(({ pairs }) => data(pairs)))
  })
})

test("ini is read by Python's configparser", async () => {
  const all = samples(
    "ini",
    fc.tuple(pairs(name, plain), pairs(sectionName, pairs(name, plain))).map(parts => parts.flat()),
  )
  const program = `
import configparser
def read(file):
  parser = configparser.RawConfigParser()
  parser.optionxform = str
  parser.read_string("[=top=]\\n" + file)
  return {s: dict(parser.items(s)) for s in parser.sections()}
print(json.dumps([read(f) for f in files]))`
  const read = await python(program, all)
  expect(read).toEqual(
    all.map(({ pairs }) => {
      const sections = pairs.filter(([, value]) => typeof value === "object") as [string, WrittenMap][]
      const top = pairs.filter(([, value]) => typeof value !== "object")
      return { "=top=": texts(top), ...Object.fromEntries(sections.map(([key, of]) => [key, texts(of)])) }
    }),
  )
})

test("hadoop-xml is read by an XML parser", async () => {
  const all = samples("hadoop-xml", pairs(text, leaf))
  const program = `
import xml.etree.ElementTree as tree
def read(file):
  root = tree.fromstring(file.encode())
  assert root.tag == "configuration"
  return {p.find("name").text: p.find("value").text or "" for p in root.findall("property")}
print(json.dumps([read(f) for f in files]))`
  expect(await python(program, all)).toEqual(all.map(({ pairs }) => texts(pairs)))
})

describe("env", () => {
  const reserved = /^(_|IFS|PATH|PWD|OLDPWD|PS\d|HOME|LINENO|PPID|OPTIND|OPTARG|ENV|MAIL|[A-Z]*UID|RANDOM)$/
  const all = samples(
    "env",
    pairs(name, leaf).map(of => of.filter(([key]) => !reserved.test(key))),
  )

  test("is read by a shell", async () => {
    const script = all.map(({ pairs, file }) => {
      const shown = pairs.map(([key]) => `printf '%s\\0' "$${key}"`).join("\n")
      return `(\n${file}\n:\n${shown}\n)\n`
    })
    const { stdout } = await execa("sh", [], {
      input: script.join(""),
      stripFinalNewline: false,
      env: { LC_ALL: "C" },
    })
    expect(stdout.split("\0").slice(0, -1)).toEqual(
      all.flatMap(({ pairs }) => pairs.map(([, v]) => String(v))),
    )
  })

  test("is read as systemd reads it", () => {
    for (const { pairs, file } of all.filter(({ pairs }) => pairs.length > 0))
      expect(Object.fromEntries(readSystemdEnv(file))).toEqual(texts(pairs))
  })
})

describe.runIf(existsSync(JAVA))("in Java", () => {
  const of = pairs(text, leaf)
  const properties = samples("properties", of)
  const zooCfg = samples("zoo.cfg", of)
  const withZooKeeper = JARS.every(jar => existsSync(jar))
  let folder = ""
  let lines: readonly string[] = []

  // One start of Java for all of them.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "minos-formats-"))
    await writeFile(join(folder, "myid"), "1\n")
    const formatted = formatFile(
      "zoo.cfg",
      tree([
        ["tickTime", 2000],
        ["dataDir", { pieces: [folder] }],
        ["clientPort", 2181],
        ["initLimit", 10],
        ["syncLimit", 5],
        ["server", [1, 2, 3].map(n => [String(n), `10.0.0.${n}:2888:3888`] as const)],
      ]),
    )
    if (formatted.kind === "wrong") throw new Error("it cannot be written")
    const file = join(folder, "zoo.cfg")
    await writeFile(file, formatted.text as string)
    const input = [...properties, ...zooCfg]
      .map(({ file }) => `${Buffer.from(file).toString("base64")}\n`)
      .join("")
    const program = join(import.meta.dirname, "PropertiesReader.java")
    const args = ["-cp", JARS.join(":"), program, ...(withZooKeeper ? [file] : [])]
    lines = (await execa(JAVA, args, { input })).stdout.split("\n")
  })
  afterAll(() => rm(folder, { recursive: true }))

  test("properties is read by java.util.Properties, in whatever encoding", () => {
    expect(lines.slice(0, properties.length).map(decoded)).toEqual(
      properties.map(({ pairs }) => texts(pairs)),
    )
  })

  test("so is zoo.cfg, and nothing is lost to whoever takes blanks off the ends", () => {
    const read = lines.slice(properties.length, properties.length + zooCfg.length).map(decoded)
    expect(read).toEqual(zooCfg.map(({ pairs }) => texts(pairs)))
    for (const values of read) for (const value of Object.values(values)) expect(value).toBe(value.trim())
  })

  test.runIf(withZooKeeper)("zoo.cfg is read by ZooKeeper", () => {
    const servers = [1, 2, 3].map(n => `${n}=10.0.0.${n}:2888:3888:participant`).join(", ")
    expect(lines.at(-1)).toBe(`2000 ${folder} 0.0.0.0/0.0.0.0:2181 {${servers}}`)
  })
})

function decoded(line: string): Readonly<Record<string, string>> {
  const text = (base64: string) => Buffer.from(base64, "base64").swap16().toString("utf16le")
  const entries = line.split(" ").filter(Boolean)
  return Object.fromEntries(entries.map(entry => entry.split(":").map(text) as [string, string]))
}
