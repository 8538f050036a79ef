import { chmodSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { loadFillIn } from "../../src/cluster/fill-in.js"
import { clusterFrom, openCluster } from "../../src/cluster/load.js"
import { ClusterFileError, formatProblem } from "../../src/cluster/problem.js"

await loadFillIn()
const FOLDER = join(import.meta.dirname, "../../fixtures/clusters/good")
const texts = readdirSync(FOLDER)
  .filter(name => name.endsWith(".yaml"))
  .map(name => readFileSync(join(FOLDER, name), "utf8"))

// A checkout has it as the umask of whoever made it says.
chmodSync(join(FOLDER, "secrets/token.txt"), 0o600)
const env = { MINOS_USER: "op", MINOS_PASSWORD: "not-for-print" }

const PIECES = [
  "[",
  "]",
  "{",
  "}",
  ":",
  " ",
  "\n",
  "  ",
  "- ",
  "*",
  "&a ",
  "*a",
  '"',
  "'",
  "#",
  "null",
  "-1",
  "1.10",
]
const piece = fc.oneof(
  fc.constantFrom(
    ...PIECES,
    "${env:MINOS_PASSWORD}",
    "${",
    "<<",
    "!!str ",
    "\t",
    "\\x1b",
    "[1-3]",
    "? ",
    "{{ task.",
    " }}",
    "{% for a in vars %}",
    "extends: ",
    "|",
    "---\n",
  ),
  fc.string({ maxLength: 5, unit: "binary" }),
)

// One cut and one insertion somewhere in a good file: closer to what people do than random text.
const damaged = fc
  .tuple(fc.constantFrom(...texts), fc.nat(), fc.nat({ max: 30 }), piece)
  .map(([text, at, length, insert]) => {
    const start = at % text.length
    return text.slice(0, start) + insert + text.slice(start + length)
  })

test("a damaged file loads or says why, in printable lines without secrets, each with its place", () => {
  fc.assert(
    fc.property(damaged, text => {
      try {
        clusterFrom(openCluster(fileOf(text), env), env)
      } catch (error) {
        if (!(error instanceof ClusterFileError)) throw error
        expect(error.problems.length).toBeGreaterThan(0)
        const lines = text.split("\n").length
        for (const problem of error.problems) {
          expect(formatProblem(problem)).toMatch(/^x\.yaml:\d+:\d+ [^\x00-\x1f\x7f-\x9f]+$/)
          expect(formatProblem(problem)).not.toContain("not-for-print")
          expect(problem.line).toBeLessThanOrEqual(lines)
        }
      }
    }),
    { numRuns: 1_000 },
  )
})

test("CRLF line ends change nothing", () => {
  for (const text of texts) {
    const file = fileOf(text.replaceAll("\n", "\r\n"))
    expect(() => clusterFrom(openCluster(file, env), env)).not.toThrow()
  }
})

function fileOf(text: string) {
  return { file: "x.yaml", path: join(FOLDER, "x.yaml"), text }
}
