import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { commandProblem } from "../../../src/cluster/rules/commands.js"
import { envValueProblem, MAX_ARGUMENT } from "../../../src/cluster/rules/env.js"
import { filePathClashes, filePathProblem } from "../../../src/cluster/rules/file-paths.js"
import { portProblems } from "../../../src/cluster/rules/ports.js"
import { rootProblem } from "../../../src/cluster/rules/users.js"

/* What the rules say of plain values, as a later stage asks them once variables are put in. */

describe("a target path", () => {
  test.each(["a", "conf/zoo.cfg", ".hidden", "...", "a b", "é", "a/..b/c..", "x".repeat(255)])("%s", path => {
    expect(filePathProblem(path)).toBeUndefined()
  })

  test("that is taken stays below its folder, whatever it is", () => {
    const part = fc.constantFrom("..", ".", "", "a", "b", "\\", "/", "\n")
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), parts => {
        const path = parts.join("/")
        if (filePathProblem(path) !== undefined) return
        expect(path.split("/").every(name => name === "a" || name === "b")).toBe(true)
      }),
    )
  })

  test("is taken, or has a message on one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), path => {
        expect(filePathProblem(path)?.message ?? "").not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
      }),
    )
  })

  test("of a task clashes with no other, or one of the two is named", () => {
    const path = fc
      .array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 3 })
      .map(parts => parts.join("/"))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 6 }), paths => {
        const clashes = filePathClashes(paths)
        for (const one of paths)
          for (const other of paths) if (other.startsWith(`${one}/`)) expect(clashes.has(other)).toBe(true)
        const left = paths.filter(name => !clashes.has(name))
        expect(filePathClashes(left).size).toBe(0)
      }),
    )
  })
})

test.each<[string, string, number, boolean]>([
  ["as long as Linux takes", "A", MAX_ARGUMENT - 3, true],
  ["one byte longer", "A", MAX_ARGUMENT - 2, false],
  ["longer by its name", "LONG_NAME", MAX_ARGUMENT - 3, false],
])("a variable %s", (_, name, length, fine) => {
  expect(envValueProblem(name, "x".repeat(length)) === undefined).toBe(fine)
})

test("a variable is measured in bytes, and its value is not quoted", () => {
  const problem = envValueProblem("A", "é".repeat(MAX_ARGUMENT / 2))
  expect(problem?.message).toBe("its value is 131072 bytes, and Linux takes 131069 beside this name")
})

test.each<[string | readonly string[], string | undefined]>([
  ["node server.js", undefined],
  [["node", "", "a b", "'"], undefined],
  ["node 'server.js", "a quote or a backslash in the command is not closed"],
  ["  ", "the command is empty"],
  [[], "the command is empty"],
  [["", "node"], "the command is empty"],
  [["node", "a\nb"], "an argument holds the control character \\n"],
  [["node", "x".repeat(MAX_ARGUMENT - 1)], undefined],
  [["node", "x".repeat(MAX_ARGUMENT)], "an argument is longer than 131071 bytes, which Linux does not take"],
])("the command %.40j", (command, message) => {
  expect(commandProblem(command)?.message).toBe(message)
})

test.each<[string, boolean, boolean]>([
  ["zookeeper", false, true],
  ["rooter", false, true],
  ["root", false, false],
  ["0", false, false],
  ["00", false, false],
  ["root", true, true],
])("the user %s, root being allowed: %s", (user, allowRoot, fine) => {
  expect(rootProblem(user, allowRoot) === undefined).toBe(fine)
})

test.each<[string, Parameters<typeof portProblems>[0], readonly string[]]>([
  ["all are there", { basePort: 65_516, instances: 2, ports: { a: 0, b: 9 } }, []],
  ["the last one is not", { basePort: 65_517, instances: 2 }, ["basePort"]],
  ["of the next instance", { basePort: 1, portStep: 2, instances: 1, ports: { a: 2 } }, ["ports.a"]],
  ["twice", { basePort: 1, instances: 1, ports: { a: 1, b: 1 } }, ["ports.b"]],
  ["not known yet", { instances: 1, ports: { a: undefined } }, []],
])("the ports of a job: %s", (_, ports, keys) => {
  expect(portProblems(ports).map(({ key }) => key.join("."))).toEqual(keys)
})
