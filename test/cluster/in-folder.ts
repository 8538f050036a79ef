import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { loadFillIn } from "../../src/cluster/fill-in.js"
import { clusterFrom, openCluster } from "../../src/cluster/load.js"
import { ClusterFileError, formatProblem, type Problem } from "../../src/cluster/problem.js"
import { readClusterFile } from "../../src/cluster/read.js"
import type { Cluster } from "../../src/model/cluster.js"

// So that nobody has to wait below.
await loadFillIn()

/** Files of a folder: paths below it to what is in each. */
export type Files = Readonly<Record<string, string | Uint8Array>>

/** Runs a test in a folder of its own that holds these files, and is the root of all cluster files. */
export async function inFolder<T>(files: Files, run: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "minos-cluster-")))
  try {
    for (const [name, content] of Object.entries({ ".minos-root": "", ...files })) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), content)
    }
    return await run(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The cluster of a file of a folder, which is named relative to it. Throws ClusterFileError. */
export function clusterIn(
  folder: string,
  file = "main.yaml",
  env: Readonly<Record<string, string>> = {},
): Cluster {
  return clusterFrom(openCluster(readClusterFile({ file, env, cwd: folder }), env), env)
}

/** All that is wrong with a file of a folder; empty when nothing is. */
export function problemsOf(
  folder: string,
  file = "main.yaml",
  env: Readonly<Record<string, string>> = {},
): readonly Problem[] {
  try {
    clusterIn(folder, file, env)
    return []
  } catch (error) {
    if (error instanceof ClusterFileError) return error.problems
    throw error
  }
}

/** `CODE FILE:LINE:COL message. Hint` of each problem. */
export function problemLines(...where: Parameters<typeof problemsOf>): readonly string[] {
  return problemsOf(...where).map(problem => `${problem.code} ${formatProblem(problem)}`)
}

/** A cluster of one job `web` on the hosts h-1 and h-2; `job` is more of it, `top` more at the top: YAML in flow style. */
export function smallFile({
  job = "",
  top = "",
}: {
  readonly job?: string
  readonly top?: string
} = {}): string {
  return `service: shop
cluster: test
package: {name: shop, version: "1.10", file: shop.tar.gz}
regions: {east: {hosts: {h-1: 10.0.0.1}}, west: {hosts: {h-2: {address: "fd00::2", labels: {rack: r2}}}}}
${top}
jobs:
  web:
    hosts: ["*"]
    command: run
${job.replace(/^(?=.)/gm, "    ")}
`
}
