import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { sourceStack } from "../../src/cli/source-stack.js"
import { PROJECT } from "../support/minos.js"

const BUNDLE = "dist/bundle/minos.js"

test("a place in the bundle becomes one in the sources", () => {
  const lines = readFileSync(join(PROJECT, BUNDLE), "utf8").split("\n")
  const line = lines.findIndex(text => text.includes("async function loadCluster(")) + 1
  expect(sourceStack(`TypeError: x\n    at loadCluster (${BUNDLE}:${line + 1}:3)`, PROJECT)).toMatch(
    /^TypeError: x\n {4}at loadCluster \(src\/cluster\/load\.ts:\d+:\d+\)$/,
  )
})

test.each([
  "",
  "TypeError: x",
  "at run (node:internal/x:1:2)",
  "at run (/nowhere/a.js:1:2)",
  "file:///a.js:1:2",
])("%j stays as it is", stack => {
  expect(sourceStack(stack, PROJECT)).toBe(stack)
})

test("without its source map a place stays as it is", () => {
  const stack = `TypeError: x\n    at run (${BUNDLE}:9:2)`
  expect(sourceStack(stack, "/nowhere")).toBe(stack)
})
