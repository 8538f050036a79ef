import { statfs } from "node:fs/promises"
import { isDigest } from "../packages/digest.js"
import type { Method } from "../rpc/method.js"
import type { DeploymentParts } from "./deployment-parts.js"
import { tasksOnDisk } from "./deployment-tasks.js"
import { badParameters } from "./faults.js"
import { orphanPids } from "./orphan-pids.js"

/** `deployment.inspect`: what a deploy wants to know beforehand, in one call. */
export function inspectMethod(parts: DeploymentParts): Method {
  const { version, backend, store, releases, pruner, orphans, now, steady } = parts
  return {
    signature: ["struct", "string", "string", "string"],
    help:
      "inspect(service, cluster, sha256): what a deploy wants to know beforehand. Answers agent (its version), backend, " +
      "now (epoch seconds that only grow here, which notAfter is compared with), clock (the host's), hasPackage, freeBytes (as a " +
      "double), tasks (of each: job, instance, release, version, previous, the release before or empty, releases, what is on disk, " +
      "newest use first, and orphan, the pid of a process that runs without its supervisor, or 0), leftovers (job, instance of " +
      "tasks with a folder and no release that runs), generations (of each program of the cluster that was changed, how often). " +
      "An empty sha256 asks for no package.",
    call: async ([service, cluster, sha256]) => {
      if (sha256 !== "" && !isDigest(sha256 as string)) throw badParameters("sha256: not a sha256")
      if (sha256 !== "") await pruner.wanted(sha256 as string)
      const disk = await statfs(store.root)
      return {
        agent: version,
        backend: backend.kind,
        now: steady(),
        clock: now(),
        hasPackage: sha256 !== "" && (await store.has(sha256 as string)),
        freeBytes: disk.bavail * disk.bsize,
        ...(await tasksOnDisk(releases, service as string, cluster as string, keys =>
          orphanPids(keys, orphans, backend),
        )),
        generations: generationsOf(`${service}.${cluster}.`, parts),
      }
    },
  }
}

function generationsOf(prefix: string, { operations }: DeploymentParts): Record<string, number> {
  return Object.fromEntries([...operations.generations()].filter(([program]) => program.startsWith(prefix)))
}
