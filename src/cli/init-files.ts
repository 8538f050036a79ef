import { quote } from "shlex"
import type { FirstJob } from "../cluster/first-file.js"
import { clusterJsonSchema } from "../cluster/json-schema.js"
import { loadCluster } from "../cluster/load.js"
import { ClusterFileError } from "../cluster/problem.js"
import { MinosError } from "../model/error.js"
import { putNew } from "./put-new.js"

/** Checks a file that is not in its place yet; what is wrong is said of the whole file, which nobody has seen the lines of. */
export async function checkedAside(file: string, aside: string): Promise<void> {
  await loadCluster({ file: aside, env: {}, cwd: process.cwd() }).catch(error => {
    if (!(error instanceof ClusterFileError)) throw error
    throw new ClusterFileError(error.problems.map(problem => ({ ...problem, file, line: 0, col: 0 })))
  })
}

/** Puts the JSON Schema of cluster files at a path, unless something is there; whether it did. */
export async function putSchema(path: string): Promise<boolean> {
  const text = `${JSON.stringify(clusterJsonSchema(), null, 2)}\n`
  return putNew(path, path, text, async () => true).catch(error => {
    if (error instanceof MinosError && error.code === "FILE_EXISTS") return false
    throw error
  })
}

/** What to type next, for a job of this kind. */
export function nextCommands(file: string, kind: FirstJob["kind"]): readonly string[] {
  const named = file === "minos.yaml" ? "" : ` -f ${quote(file)}`
  return kind === "deployed"
    ? [`minos check${named}`, `minos plan${named}`, `minos deploy${named}`]
    : [`minos check${named}`, `minos status${named}`, `minos restart${named}`]
}
