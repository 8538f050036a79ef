import { basename } from "node:path/posix"
import { type Entry, findEntry, findSection, type Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"

/** What the section [cluster] and the file's name say. */
export interface Named {
  readonly service: string
  /** Absent in a base file. */
  readonly cluster?: string
  readonly version?: string
  /** The file of the package, where it is named. */
  readonly packageFile?: string
  /** Where to point when the cluster as a whole is meant. */
  readonly at: Section | undefined
  /** What goes into `vars`, by its name there. */
  readonly vars: Readonly<Record<string, string>>
  /** The clusters that this one builds on, by their service: `hdfs/dptst-example`. */
  readonly clusters: Readonly<Record<string, string>>
}

/** Reads [cluster]; `service` is the operator's word for it, else the file's name `SERVICE-CLUSTER.cfg` says it. */
export function readCluster(root: Section, file: string, service: string | undefined, draft: Draft): Named {
  const at = findSection(root, "cluster")
  const text = (key: string) => {
    const entry = findEntry(at, key)
    return entry === undefined || textOf(entry) === "" ? undefined : textOf(entry)
  }
  const cluster = text("name")
  const version = text("version")
  const packageFile = text("package_name")
  const vars = new Map<string, string>()
  for (const entry of at?.entries ?? []) {
    const said = READ.get(entry.key)
    if (said === undefined) unread(entry, draft)
    else if (said === "lost") lost(entry, draft)
    else if (said === "var" && textOf(entry) !== "") vars.set(entry.key, textOf(entry))
  }
  return {
    service: service ?? serviceOf(file, cluster),
    ...(cluster !== undefined && { cluster }),
    ...(version !== undefined && { version }),
    ...(packageFile !== undefined && { packageFile }),
    at,
    vars: Object.fromEntries(vars),
    clusters: clustersOf(cluster, text),
  }
}

/** The value that Minos took for a key of [cluster] that is not written; undefined when it knew no such key. */
export function defaultOf(key: string): string | undefined {
  if (key === "kerberos_realm") return "XIAOMI.NET"
  if (key === "log_level") return "info"
  return READ.get(key) === "var" || READ.get(key) === "lost" || key === "package_name" ? "" : undefined
}

function serviceOf(file: string, cluster: string | undefined): string {
  const stem = basename(file).replace(/\.[^.]*$/, "")
  const ending = `-${cluster}`
  return cluster !== undefined && stem.endsWith(ending)
    ? stem.slice(0, -ending.length)
    : (stem.split("-", 1)[0] ?? stem)
}

/** The ZooKeeper cluster is the first part of a cluster's own name, the others are keys. */
function clustersOf(
  cluster: string | undefined,
  text: (key: string) => string | undefined,
): Record<string, string> {
  const zookeeper = cluster === undefined ? undefined : /^([a-z0-9]+)-/.exec(cluster)?.[1]
  const found = ["hdfs", "hbase", "yarn"].map(service => [service, text(`${service}_cluster`)] as const)
  return Object.fromEntries(
    [["zookeeper", zookeeper] as const, ...found].flatMap(([service, name]) =>
      name === undefined ? [] : [[service, `${service}/${name}`]],
    ),
  )
}

/** Each key that Minos read there: used elsewhere, kept as a variable, or without anything like it here. */
const READ: ReadonlyMap<string, "used" | "var" | "lost"> = new Map([
  ["name", "used"],
  ["version", "used"],
  ["jobs", "used"],
  ["package_name", "used"],
  ["revision", "lost"],
  ["timestamp", "lost"],
  ["kerberos_realm", "var"],
  ["kerberos_username", "var"],
  ["ganglia_address", "var"],
  ["hdfs_cluster", "var"],
  ["hbase_cluster", "var"],
  ["yarn_cluster", "var"],
  ["log_level", "var"],
])

function unread(entry: Entry, draft: Draft): void {
  draft.note(entry.place, {
    code: "UNKNOWN",
    message: `${entry.key}: Minos read no such key in [cluster]`,
    hint: "Write it into vars if something should use it.",
  })
}

function lost(entry: Entry, draft: Draft): void {
  draft.note(entry.place, {
    code: "NO_COUNTERPART",
    message: `${entry.key} chose one of several packages of a version on Minos' package server`,
    hint: "Put that package at package.file; its content is what counts here.",
  })
}
