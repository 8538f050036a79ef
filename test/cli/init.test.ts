import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import Init from "../../commands/init.js"
import { askAnswers } from "../../src/cli/init-questions.js"
import { putNew } from "../../src/cli/put-new.js"
import { captured } from "../support/captured.js"

const prompts = vi.hoisted(() => ({ input: vi.fn(), select: vi.fn() }))
vi.mock("@inquirer/prompts", () => prompts)

let folder = ""
const written = captured()

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "minos-init-"))
})
afterEach(async () => {
  vi.resetAllMocks()
  await rm(folder, { recursive: true })
})

const FLAGS = ["--service", "shop", "--cluster", "main", "--host", "web-[01-02]=10.0.3.[11-12]"]
const PROGRAM = [...FLAGS, "--program", "redis"]

describe("without a terminal", () => {
  test("the flags make a file that is in order, and its schema beside it", async () => {
    const file = join(folder, "minos.yaml")
    const flags = [...FLAGS, "--package", join(folder, "shop-1.2.0.tar.gz"), "--command", "node server.js"]
    expect(await run([file, ...flags])).toBe(0)
    expect(await readdir(folder)).toEqual(["minos.schema.json", "minos.yaml"])
    const text = await readFile(file, "utf8")
    expect(text).toContain("  file: ./shop-1.2.0.tar.gz #")
    expect(text).toContain('      "web-[01-02]": "10.0.3.[11-12]"\n')
    expect(written.out).toContain("written, and in order. shop/main\n")
    expect(written.out).toContain(`  minos deploy -f ${file}\n`)
    expect(prompts.input).not.toHaveBeenCalled()
  })

  test("--json says what was written", async () => {
    const file = join(folder, "cache.yaml")
    expect(await run([file, ...PROGRAM, "--json"])).toBe(0)
    expect(JSON.parse(written.out)).toMatchObject({
      schema: 1,
      command: "init",
      ok: true,
      file,
      service: "shop",
    })
  })

  test("what is missing is named, and nothing is written", async () => {
    expect(await run([join(folder, "minos.yaml"), "--service", "shop"])).toBe(2)
    expect(written.err).toContain("--cluster, --host, --package and --command, or --program")
    expect(await readdir(folder)).toEqual([])
  })

  test("what would not be in order is said, and nothing is written", async () => {
    const file = join(folder, "minos.yaml")
    const flags = [
      "--service",
      "Shop",
      "--cluster",
      "main",
      "--host",
      "web-01=10.0.3.11:80",
      "--program",
      "a b",
    ]
    expect(await run([file, ...flags])).toBe(2)
    expect(written.err).toContain(`${file}: service: expected a name`)
    expect(written.err).toContain("holds a port")
    expect(written.err).toContain("is not a program's name")
    expect(await readdir(folder)).toEqual([])
  })

  test("a file that is there is left as it is", async () => {
    const file = join(folder, "minos.yaml")
    await writeFile(file, "mine")
    expect(await run([file, ...PROGRAM])).toBe(2)
    expect(written.err).toContain("is there already, and is left as it is  (FILE_EXISTS)")
    expect([await readFile(file, "utf8"), await readdir(folder)]).toEqual(["mine", ["minos.yaml"]])
  })

  test("a schema that is there is left as it is", async () => {
    await writeFile(join(folder, "minos.schema.json"), "{}")
    expect(await run([join(folder, "minos.yaml"), ...PROGRAM])).toBe(0)
    expect(await readFile(join(folder, "minos.schema.json"), "utf8")).toBe("{}")
    expect(written.out).not.toContain("minos.schema.json")
  })

  test("a folder that is not there is said", async () => {
    expect(await run([join(folder, "no/minos.yaml"), ...PROGRAM])).toBe(2)
    expect(written.err).toContain("cannot be written: there is no such folder  (FILE_NOT_WRITTEN)")
  })
})

test("a file that somebody puts there meanwhile is left as it is", async () => {
  const path = join(folder, "minos.yaml")
  const meanwhile = () => writeFile(path, "mine")
  await expect(putNew("minos.yaml", path, "ours", meanwhile)).rejects.toMatchObject({ code: "FILE_EXISTS" })
  expect([await readFile(path, "utf8"), await readdir(folder)]).toEqual(["mine", ["minos.yaml"]])
})

describe("on a terminal", () => {
  test("it asks for what the flags did not say", async () => {
    answer("shop", "main", "main", " web-01=10.0.3.11 ", "", "redis")
    prompts.select.mockResolvedValue("existing")
    expect(await askAnswers({})).toEqual({
      service: "shop",
      cluster: "main",
      region: "main",
      host: ["web-01=10.0.3.11"],
      kind: "existing",
      program: "redis",
    })
  })

  test("it asks for nothing else", async () => {
    answer("node server.js")
    const given = { service: "a", cluster: "b", region: "c", host: ["d=e"], package: "f-1.tar.gz" }
    expect(await askAnswers(given)).toEqual({ ...given, kind: "deployed", command: "node server.js" })
    expect(prompts.input).toHaveBeenCalledTimes(1)
    expect(prompts.select).not.toHaveBeenCalled()
  })

  test.each<[number, string, string | true]>([
    [0, "shop", true],
    [0, "Shop", "Expected a name of lower-case letters"],
    [3, "web-01=10.0.3.11", true],
    [3, "web-[01-03]=10.0.3.[11-13]", true],
    [3, "web-01", "Expected NAME=ADDRESS"],
    [3, "web-01=10.0.3.11:80", "10.0.3.11:80 holds a port"],
    [3, "", "Expected NAME=ADDRESS"],
    [4, "", true],
    [6, "node server.js", true],
    [6, "node 'server.js", "a quote or a backslash"],
    [6, "", "the command is empty"],
  ])("question %i takes %j or says why not: %s", async (question, text, expected) => {
    answer("shop", "main", "main", "a=b", "", "shop-1.tar.gz", "a")
    prompts.select.mockResolvedValue("deployed")
    await askAnswers({})
    const said = prompts.input.mock.calls[question]?.[0].validate?.(text)
    if (expected === true) expect(said).toBe(true)
    else expect(said).toContain(expected)
  })

  test("Ctrl-C ends the command", async () => {
    prompts.input.mockRejectedValue(Object.assign(new Error("closed"), { name: "ExitPromptError" }))
    await expect(askAnswers({})).rejects.toMatchObject({ code: "INTERRUPTED", exitCode: 130 })
  })
})

function answer(...texts: readonly string[]): void {
  for (const text of texts) prompts.input.mockResolvedValueOnce(text)
}

async function run(argv: readonly string[]): Promise<unknown> {
  process.exitCode = undefined
  await Init.run([...argv], import.meta.url)
  return process.exitCode
}
