import { readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { loadCluster } from "../../src/cluster/load.js"
import { ClusterFileError, formatProblem } from "../../src/cluster/problem.js"

// A new case is a new NAME.yaml here and, beside it, NAME.expected.txt (`npx vitest -u` writes it; read what it wrote).
const FOLDER = join(import.meta.dirname, "../../fixtures/clusters/bad")
const entries = readdirSync(FOLDER)
const files = entries.filter(name => name.endsWith(".yaml"))

const env = {
  MINOS_USER: "minos",
  MINOS_PASSWORD: "not-for-print",
  EMPTY: "",
  TWO_LINES: "not-for-print\nnot-for-print",
}

describe("a bad cluster file says all that is wrong with it", () => {
  test.each(files)("%s", async file => {
    const text = await problemsOf(file)
    expect(text).not.toContain("not-for-print")
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
    await expect(text).toMatchFileSnapshot(join(FOLDER, file.replace(".yaml", ".expected.txt")))
  })

  test("each file stands beside what is expected of it", () => {
    const expected = files.map(name => name.replace(".yaml", ".expected.txt"))
    expect(entries.filter(name => name.endsWith(".txt")).sort()).toEqual(expected.sort())
  })
})

async function problemsOf(file: string): Promise<string> {
  try {
    await loadCluster({ file, env, cwd: FOLDER })
  } catch (error) {
    if (error instanceof ClusterFileError) return `${error.problems.map(formatProblem).join("\n")}\n`
    throw error
  }
  return "no problem\n"
}
