import { expect, test } from "vitest"
import { BaseCommand } from "../../src/cli/base-command.js"
import { SelectionError } from "../../src/cluster/select.js"
import { MinosError } from "../../src/model/error.js"
import { captured } from "../support/captured.js"

let thrown: Error | undefined

class Probe extends BaseCommand {
  static override id = "probe"

  async run(): Promise<unknown> {
    await this.parse(Probe)
    if (thrown) throw thrown
    return this.finish({ schema: 1, exitCode: 3 }, ["as text"])
  }
}

const written = captured()

test.each<[string, Error, number]>([
  ["NO_MATCH", new SelectionError("NO_MATCH", "no host matches"), 2],
  ["NOT_CONFIRMED", new MinosError("NOT_CONFIRMED", "not confirmed", { hint: "--yes", exitCode: 5 }), 5],
  ["BUG", new TypeError("x is not a function"), 1],
])("%s has one exit code with --json and without", async (code, error, exit) => {
  expect(await run(error, [])).toBe(exit)
  expect(written.out).toBe("")
  expect(written.err).toContain(code === "BUG" ? "a bug in minos" : `(${code})`)

  expect(await run(error, ["--json"])).toBe(exit)
  expect(JSON.parse(written.out)).toMatchObject({ schema: 1, ok: false, exitCode: exit, error: { code } })
})

test("an unknown flag has one exit code with --json and without", async () => {
  expect(await run(undefined, ["--nope"])).toBe(2)
  expect(await run(undefined, ["--nope", "--json"])).toBe(2)
})

test("a result is shown as text or as exactly its JSON", async () => {
  expect(await run(undefined, [])).toBe(3)
  expect(written.out).toBe("as text\n")
  written.out = ""
  expect(await run(undefined, ["--json"])).toBe(3)
  expect(JSON.parse(written.out)).toEqual({ schema: 1, exitCode: 3 })
})

async function run(error: Error | undefined, argv: readonly string[]): Promise<unknown> {
  thrown = error
  process.exitCode = undefined
  await Probe.run([...argv], import.meta.url)
  return process.exitCode
}
