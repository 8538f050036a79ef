import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { execa } from "execa"
import { expect, test } from "vitest"
import { PROJECT, RUN } from "../support/minos.js"

const CLUSTER = join(PROJECT, "fixtures/clusters/good/smallest.yaml")

test("an argument that is left out is not taken from stdin", async () => {
  const { exitCode, stdout } = await execa(process.execPath, [RUN, "check", "-f", CLUSTER], {
    input: "the-next-host\n",
    reject: false,
  })
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("in order")])
})

test("no command has an argument of another kind", () => {
  const commands = readdirSync(join(PROJECT, "commands"), { recursive: true, encoding: "utf8" })
  const others = commands
    .filter(name => name.endsWith(".ts"))
    .filter(name => /\bArgs\b/.test(readFileSync(join(PROJECT, "commands", name), "utf8")))
  expect(others).toEqual([])
})
