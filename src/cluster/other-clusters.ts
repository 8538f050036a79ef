import { dirname, join, relative, resolve } from "node:path"
import { printable } from "../model/visible.js"
import { toDraft } from "./draft.js"
import { extended } from "./extend.js"
import { unfoldHosts } from "./hosts.js"
import type { Opened } from "./load.js"
import { keysAt, type LocatedMap, placeOf, valueAt } from "./located.js"
import { didYouMean } from "./nearest.js"
import { placeJobs } from "./place.js"
import { ClusterFileError, formatProblem } from "./problem.js"
import { readRegular } from "./read.js"
import { isInside } from "./root-folder.js"
import { renderOuter } from "./variables/outer.js"
import { OtherClusterError } from "./variables/variable-error.js"
import type { KnownCluster } from "./variables/views.js"

/** Other clusters that variables refer to. */
export interface OtherClusters {
  /** A cluster by `service/cluster`. Throws OtherClusterError. */
  find(name: string): KnownCluster
  /** Absolute paths of all files that were read for them. */
  read(): readonly string[]
}

/**
 * Finds other clusters, each read once: in the file that `clusters:` names, else in SERVICE/CLUSTER.yaml or SERVICE-CLUSTER.yaml
 * below the root folder. Only where their tasks are is looked at, so two clusters may name each other.
 */
export function otherClusters(own: Opened): OtherClusters {
  const known = new Map<string, Found>()
  return {
    find: name => {
      const found = known.get(name) ?? read(name, own)
      known.set(name, found)
      return found.cluster
    },
    read: () => [...known.values()].flatMap(({ paths }) => paths),
  }
}

interface Found {
  readonly cluster: KnownCluster
  readonly paths: readonly string[]
}

function read(name: string, own: Opened): Found {
  const found = candidates(name, own)
  for (const { file, path } of found) {
    if (!isInside(own.folder, path)) {
      throw new OtherClusterError(
        `${printable(file)}, the file of the cluster ${name}, is outside the root folder ${printable(own.folder)}`,
      )
    }
    try {
      const { root, paths } = extended(readRegular(file, path), own.folder)
      return { cluster: placed(name, root, file), paths }
    } catch (error) {
      if (!(error instanceof ClusterFileError)) throw error
      const [first] = error.problems
      if (first?.code === "FILE_NOT_FOUND" && first.line === 0) continue
      throw new OtherClusterError(
        `the cluster ${name} cannot be read: ${first ? formatProblem(first) : file}`,
      )
    }
  }
  throw notFound(name, found, own.root)
}

function notFound(name: string, looked: readonly Candidate[], root: LocatedMap): OtherClusterError {
  const message = `the cluster ${name} is not found: there is no ${looked.map(({ file }) => printable(file)).join(" and ")}`
  const named = keysAt(root, ["clusters"])
  if (named.includes(name)) {
    const { file, line, col } = placeOf(root, ["clusters", name], "value")
    return new OtherClusterError(message, `clusters says so, at ${printable(file)}:${line}:${col}`)
  }
  const hint = didYouMean(name, named) ?? `Say where its file is: clusters: {${name}: ../FILE.yaml}`
  return new OtherClusterError(message, hint)
}

interface Candidate {
  readonly file: string
  readonly path: string
}

function candidates(name: string, { root, from, folder }: Opened): readonly Candidate[] {
  const named = valueAt(root, ["clusters", name])
  if (named?.kind === "scalar" && typeof named.value === "string") {
    const path = resolve(dirname(named.from.path), named.value)
    return [{ path, file: join(dirname(named.from.file), named.value) }]
  }
  const [service = "", cluster = ""] = name.split("/")
  return [join(service, `${cluster}.yaml`), `${service}-${cluster}.yaml`].map(way => {
    const path = join(folder, way)
    return { path, file: join(dirname(from.file), relative(dirname(from.path), path)) }
  })
}

/** What variables may know of a cluster. Whatever else is wrong in its file is for its own check to say. */
function placed(name: string, raw: Opened["root"], file: string): KnownCluster {
  const { tree } = renderOuter(raw)
  const { draft } = toDraft(tree)
  const hosts = unfoldHosts(draft, tree)
  const { service = "", cluster = "" } = draft
  if (`${service}/${cluster}` !== name) {
    throw new OtherClusterError(
      `${printable(file)} is the file of ${printable(`${service}/${cluster}`)}, not of ${name}`,
      `Name that one, or another file for ${name} under clusters.`,
    )
  }
  if (!hosts.complete || hosts.findings.length > 0) {
    throw new OtherClusterError(
      `the hosts of ${name} cannot be made out`,
      `minos check ${printable(file)} says what is wrong there.`,
    )
  }
  return { service, cluster, jobs: placeJobs(draft, tree, hosts.hosts) }
}
