import { Flags, Parser } from "@oclif/core"
import { describe, expect, test } from "vitest"
import { explain } from "../../src/cli/explain.js"
import { duration } from "../../src/cli/flags.js"
import { ClusterFileError, type Problem } from "../../src/cluster/problem.js"
import { SelectionError } from "../../src/cluster/select.js"
import { MinosError } from "../../src/model/error.js"
import { EndpointError } from "../../src/rpc/endpoint.js"

const problem = (line: number): Problem => ({
  code: "BAD_VALUE",
  file: "prod.yaml",
  line,
  col: 20,
  message: "expected a name, got 17",
  hint: 'Quote it: "17"',
})

describe("an error becomes an exit code and a code that never changes", () => {
  test.each<[string, Error, number, string]>([
    ["a cluster file", new ClusterFileError([problem(7)]), 2, "CLUSTER_FILE"],
    ["a selection", new SelectionError("NO_MATCH", "no host matches"), 2, "NO_MATCH"],
    ["an empty selection", new SelectionError("EMPTY_SELECTION", "matched 0"), 2, "EMPTY_SELECTION"],
    ["a URL", new EndpointError("no port", "write one"), 2, "BAD_URL"],
    ["no yes", new MinosError("NOT_CONFIRMED", "not confirmed", { exitCode: 5 }), 5, "NOT_CONFIRMED"],
    ["Ctrl-C", new MinosError("INTERRUPTED", "interrupted", { exitCode: 130 }), 130, "INTERRUPTED"],
    ["a bug", new TypeError("x is not a function"), 1, "BUG"],
  ])("%s", (_, error, exitCode, code) => {
    expect(explain(error, "status", "/nowhere")).toMatchObject({ exitCode, code })
  })

  test.each<[string, readonly string[]]>([
    ["an unknown flag", ["--nope"]],
    ["a number that is none", ["--fanout", "many"]],
    ["a number that is too small", ["--fanout", "0"]],
    ["a duration that is none", ["--deadline", "soon"]],
    ["an argument too many", ["more"]],
  ])("%s", async (_, argv) => {
    const error = await parsing(argv)
    const explained = explain(error, "agent serve", "/nowhere")
    expect(explained).toMatchObject({ exitCode: 2, code: "USAGE", hint: "minos agent serve --help" })
    expect(explained.message).not.toContain("\n")
  })
})

describe("the words", () => {
  test("say all problems of a cluster file at once, each where it is", () => {
    const { lines, problems } = explain(new ClusterFileError([problem(9), problem(7)]), "check", "/nowhere")
    expect(problems).toHaveLength(2)
    expect(lines).toEqual([
      'prod.yaml:7:20 expected a name, got 17. Quote it: "17"',
      'prod.yaml:9:20 expected a name, got 17. Quote it: "17"',
      "",
      "2 problems in the cluster file",
    ])
  })

  test("say what happened and what to do", () => {
    const error = new MinosError("NO_PACKAGE", "no package\x1b[2J", { hint: "add one", exitCode: 2 })
    expect(explain(error, "deploy", "/nowhere").lines).toEqual([
      "minos: no package\\x1b[2J  (NO_PACKAGE)",
      "  add one",
    ])
  })

  test("of a bug say where it happened", () => {
    expect(explain(new TypeError("x is not a function"), "deploy", "/nowhere").lines[0]).toContain(
      "explain.test",
    )
  })
})

async function parsing(argv: readonly string[]): Promise<Error> {
  const flags = { fanout: Flags.integer({ min: 1 }), deadline: duration() }
  try {
    await Parser.parse([...argv], { flags, args: {} })
  } catch (error) {
    return error as Error
  }
  throw new Error("it was parsed")
}
