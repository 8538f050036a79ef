import { dirname } from "node:path"
import type { Cluster } from "../model/cluster.js"
import { check } from "./check.js"
import { normalize } from "./normalize.js"
import { parse } from "./parse.js"
import { type FindOptions, readClusterFile } from "./read.js"
import { secretLookup } from "./secret-lookup.js"
import { sitesIn } from "./secret-site.js"

/**
 * The cluster of the file that the operator means, read, checked and complete; no network is used.
 * Throws ClusterFileError: what is wrong as YAML, or else everything that is wrong at once.
 */
export async function loadCluster(options: FindOptions): Promise<Cluster> {
  const { file, path, text } = await readClusterFile(options)
  const source = parse(file, text)
  const lookup = secretLookup(options.env, sitesIn(source, dirname(path)))
  const { written, hosts } = check(source, lookup)
  return normalize({ source, path, written, hosts, lookup })
}
