import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ClusterFileError, formatProblem } from "../../src/cluster/problem.js"
import { readClusterFile } from "../../src/cluster/read.js"

let folder = ""

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "minos-read-")))
  await mkdir(join(folder, "a/b"), { recursive: true })
  await mkdir(join(folder, "empty"))
  await writeFile(join(folder, "a/minos.yaml"), "found: above")
  await writeFile(join(folder, "other.yaml"), "\ufefffound: other")
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  [
    "-f goes first",
    { file: "../other.yaml", env: { MINOS_CLUSTER: "nowhere" }, at: "a" },
    "../other.yaml",
    "found: other",
  ],
  [
    "then MINOS_CLUSTER",
    { env: { MINOS_CLUSTER: "../other.yaml" }, at: "a" },
    "../other.yaml",
    "found: other",
  ],
  ["then this folder", { env: {}, at: "a" }, "minos.yaml", "found: above"],
  ["then the folders above", { env: { MINOS_CLUSTER: "" }, at: "a/b" }, "../minos.yaml", "found: above"],
])("%s", async (_, { at, ...options }, file, text) => {
  const found = readClusterFile({ ...options, cwd: join(folder, at) })
  expect(found).toEqual({ file, text, path: join(folder, at, file) })
})

test.each([
  [{ file: "none.yaml" }, "none.yaml: no such file. Name the cluster file with -f FILE or in MINOS_CLUSTER."],
  [{ file: "empty" }, "empty: this is a folder. Name the file in it, such as empty/minos.yaml"],
  [{}, /^minos.yaml: there is no minos.yaml in .*\/empty or a folder above it\. Name the cluster file/],
])("%j is said plainly", async (options, expected) => {
  const cwd = "file" in options ? folder : join(folder, "empty")
  expect(said(() => readClusterFile({ ...options, env: {}, cwd }))).toMatch(expected)
})

function said(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ClusterFileError) return error.problems.map(formatProblem).join("\n")
    throw error
  }
  return "nothing"
}
