import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { loadCluster } from "../../src/cluster/load.js"
import { ClusterFileError, type Problem } from "../../src/cluster/problem.js"
import type { Cluster } from "../../src/model/cluster.js"

/** The cluster in a text, loaded by way of a real file. */
export async function loadText(text: string, env: Record<string, string> = {}): Promise<Cluster> {
  const cwd = await mkdtemp(join(tmpdir(), "minos-cluster-"))
  try {
    await writeFile(join(cwd, "test.yaml"), text)
    return await loadCluster({ file: "test.yaml", env, cwd })
  } finally {
    await rm(cwd, { recursive: true })
  }
}

/** What is wrong with a text; empty when nothing is. */
export async function problemsIn(
  text: string,
  env: Record<string, string> = {},
): Promise<readonly Problem[]> {
  try {
    await loadText(text, env)
    return []
  } catch (error) {
    if (error instanceof ClusterFileError) return error.problems
    throw error
  }
}

/** A small cluster: east with web-01 to web-03 and db-01, west with web-11 and spare, which has no task. */
export function smallCluster(): Promise<Cluster> {
  return loadText(`
service: shop
cluster: test
package: {name: shop, version: 1.0.0, file: shop.tar.gz}
regions:
  east:
    hosts:
      web-[01-03]: 10.0.0.[1-3]
      db-01: 10.0.0.4
  west:
    hosts:
      web-11: 10.0.1.1
      spare: 10.0.1.2
jobs:
  web: {hosts: ["web-*"], command: a, instances: 2}
  db: {hosts: [db-01], program: "pg:main"}
`)
}
