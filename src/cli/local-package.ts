import { stat } from "node:fs/promises"
import type { Cluster, Task } from "../model/cluster.js"
import { MinosError } from "../model/error.js"
import { type Release, release } from "../model/release.js"
import { digestFile } from "../packages/digest.js"
import type { LocalBlob } from "../packages/upload.js"
import { EXIT_CODES } from "../report/exit-codes.js"

/** The package of a cluster on this machine, and the release it makes for each job. */
export interface LocalPackage {
  readonly blob: LocalBlob
  /** The release that a task of a deployed job shall run. */
  releaseOf(task: Task): Release
}

/** Reads and hashes the package that the cluster file names. */
export async function readPackage(cluster: Cluster): Promise<LocalPackage> {
  const source = cluster.package
  if (!source)
    throw usage("NO_PACKAGE", `${cluster.file} names no package`, "add package: {name, version, file}")
  const found = await stat(source.file).catch(() => undefined)
  if (!found?.isFile())
    throw usage(
      "NO_PACKAGE_FILE",
      `there is no package file ${source.file}`,
      `${cluster.file} names it as package.file`,
    )
  const { sha256, size } = await digestFile(source.file)
  const identity = { name: source.name, version: source.version, sha256 }
  return {
    blob: { path: source.file, sha256, size },
    releaseOf: task => {
      if (task.release === undefined) throw new Error(`${task.name} is not deployed by minos`)
      return release({ package: identity, ...task.release })
    },
  }
}

/** The tasks that minos deploys; an error when there are none among those selected. */
export function deployedTasks(tasks: readonly Task[]): readonly Task[] {
  const deployed = tasks.filter(task => task.job.kind === "deployed")
  if (deployed.length > 0) return deployed
  throw usage(
    "NOTHING_TO_DEPLOY",
    `none of the ${tasks.length} selected tasks is deployed by minos`,
    "a job with `program` belongs to a supervisord that has it already; one with `command` is deployed",
  )
}

function usage(code: string, message: string, hint: string): MinosError {
  return new MinosError(code, message, { hint, exitCode: EXIT_CODES.usage.code })
}
