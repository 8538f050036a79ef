import type { Cluster } from "../model/cluster.js"
import { check } from "./check.js"
import { type Extended, extended } from "./extend.js"
import { localFiles } from "./files/local-file.js"
import { readyToFillIn } from "./fill-in.js"
import { normalize } from "./normalize.js"
import { otherClusters } from "./other-clusters.js"
import { type FileText, type FindOptions, readClusterFile } from "./read.js"
import { rootFolder } from "./root-folder.js"
import { secretLookups } from "./secret-lookup.js"

/** A cluster file and all that it extends, before anything is checked, and the root folder of all cluster files. */
export interface Opened extends Extended {
  readonly folder: string
}

/**
 * The cluster of the file that the operator means, read, checked and complete; no network is used.
 * Throws ClusterFileError: what is wrong as YAML, or else everything that is wrong at once.
 */
export async function loadCluster(options: FindOptions): Promise<Cluster> {
  const opened = openCluster(readClusterFile(options), options.env)
  await readyToFillIn(opened.root)
  return clusterFrom(opened, options.env)
}

/** The cluster in an opened file, as `loadCluster` gives it; `readyToFillIn` must have seen the file. */
export function clusterFrom(opened: Opened, env: FindOptions["env"]): Cluster {
  const lookup = secretLookups(env)
  const files = localFiles(opened.folder)
  const others = otherClusters(opened)
  const checked = check(opened, { lookup, files, other: others.find })
  return normalize(checked, lookup(checked.root), {
    file: opened.from.file,
    files: [...new Set([...opened.paths, ...files.read(), ...others.read()])],
    sources: files.blobs(),
  })
}

/** Reads all that a file extends, and lays it under it. Throws ClusterFileError. */
export function openCluster(file: FileText, env: FindOptions["env"]): Opened {
  const folder = rootFolder(file.path, env.MINOS_ROOT)
  return { ...extended(file, folder), folder }
}
