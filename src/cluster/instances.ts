import { DEFAULT_INSTANCES } from "./defaults.js"
import type { jobHostFinder } from "./job-hosts.js"

/** Copies of a job on each host: one number, or a number for each pattern of hosts. */
export type Instances = number | Readonly<Record<string, number | undefined>>

/**
 * Says how many copies of a job run on the host of a name. Of a map the last pattern that names the host counts, in the order of
 * the file: `patterns`, because an object moves keys that look like numbers to its front. A pattern that is wrong counts for none.
 */
export function instancesOn(
  instances: Instances | undefined,
  patterns: readonly string[],
  find: ReturnType<typeof jobHostFinder>,
): (host: string) => number {
  if (typeof instances !== "object") return () => instances ?? DEFAULT_INSTANCES
  const counts = new Map<string, number | undefined>()
  for (const pattern of patterns) {
    for (const host of find(pattern).found) counts.set(host, instances[pattern])
  }
  return host => counts.get(host) ?? DEFAULT_INSTANCES
}
