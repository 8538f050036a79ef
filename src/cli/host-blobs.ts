import type { Cluster, Host } from "../model/cluster.js"
import type { LocalBlob } from "../packages/upload.js"

/** What has to be on a host before its releases can be made: the package, and the files that they bring as they are. */
export function hostBlobs(
  { tasks, sources }: Cluster,
  pack: LocalBlob,
): (host: Host) => readonly LocalBlob[] {
  if (sources.length === 0) return () => [pack]
  const wanted = new Map<Host, Set<string>>()
  for (const { host, release } of tasks) {
    const digests = wanted.get(host) ?? new Set()
    for (const { content } of release?.files ?? []) if (content.kind === "blob") digests.add(content.sha256)
    wanted.set(host, digests)
  }
  return host => [pack, ...sources.filter(({ sha256 }) => wanted.get(host)?.has(sha256))]
}
