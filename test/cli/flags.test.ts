import { Parser } from "@oclif/core"
import { describe, expect, test } from "vitest"
import { explain } from "../../src/cli/explain.js"
import { policyFlags, rollingFlags, yesFlag } from "../../src/cli/flags.js"

const flags = { ...policyFlags, ...rollingFlags, ...yesFlag }
const parse = async (...argv: readonly string[]) => (await Parser.parse([...argv], { flags, args: {} })).flags

describe("a flag", () => {
  test.each<[readonly string[], object]>([
    [["--parallel", "2"], { parallel: { kind: "count", count: 2 } }],
    [["--parallel", "25%"], { parallel: { kind: "percent", percent: 25 } }],
    [["--max-failures", "0"], { "max-failures": { kind: "count", count: 0 } }],
    [["--max-failures", "0%"], { "max-failures": { kind: "percent", percent: 0 } }],
    [["--min-available", "quorum"], { "min-available": { kind: "quorum" } }],
    [["--min-available", "3"], { "min-available": { kind: "count", count: 3 } }],
    [["--min-available", "50%"], { "min-available": { kind: "percent", percent: 50 } }],
    [["--min-healthy", "500ms", "--deadline", "2m"], { "min-healthy": 500, deadline: 120_000 }],
    [["--bake", "0s", "--bake-region", "1.5s"], { bake: 0, "bake-region": 1_500 }],
    [["--on-failure", "pause"], { "on-failure": "pause" }],
    [["--fast", "--reason", "an outage"], { fast: true, reason: "an outage" }],
    [["--confirm", "prod"], { confirm: "prod" }],
    [["-y"], { yes: true }],
    [[], { "skip-unreachable": 0 }],
  ])("%j", async (argv, parsed) => {
    expect(await parse(...argv)).toMatchObject(parsed)
  })

  test("that is not given says nothing", async () => {
    expect(
      Object.entries(await parse()).filter(([, value]) => value !== undefined && value !== false),
    ).toEqual([["skip-unreachable", 0]])
  })
})

describe("a value that makes no sense", () => {
  test.each([
    ["--parallel", "many"],
    ["--parallel", "0"],
    ["--parallel", "0%"],
    ["--parallel", "-1"],
    ["--parallel", "1.5"],
    ["--parallel", "101%"],
    ["--parallel", "quorum"],
    ["--min-available", "half"],
    ["--min-available", "101%"],
    ["--max-failures", "-1"],
    ["--bake", "5"],
    ["--on-failure", "panic"],
    ["--skip-unreachable", "-1"],
  ])("%s %s is a usage error", async (...argv) => {
    const error = await parse(...argv).catch((thrown: Error) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(explain(error as Error, "deploy", "/nowhere")).toMatchObject({ exitCode: 2, code: "USAGE" })
  })
})
