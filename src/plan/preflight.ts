import type { Host } from "../model/cluster.js"
import type { Inspection } from "../model/deployment.js"
import type { HostNeeds } from "./host-needs.js"

/** What keeps a deploy from beginning on a host, and what an operator should only know. */
export interface Preflight {
  readonly blockers: readonly string[]
  readonly warnings: readonly string[]
}

// A package is there twice while it is unpacked.
const SPACE = 2
// Certificates and logs of hosts that are further apart than this are hard to read.
const SKEW = 30

/**
 * Looks at what the hosts told before the first change. `size` is that of the package in bytes, `now` the operator's clock
 * in epoch seconds, `version` the operator's minos; the clocks of hosts are only compared, never relied on. `needs` is what the
 * releases want of each host besides.
 */
export function preflight(
  inspections: ReadonlyMap<Host, Inspection | undefined>,
  size: number,
  now: number,
  version: string,
  needs: ReadonlyMap<Host, HostNeeds> = new Map(),
): Preflight {
  const known = [...inspections].flatMap(([host, inspection]) => (inspection ? [{ host, inspection }] : []))
  const skewed = known.filter(({ inspection }) => Math.abs(clockOf(inspection) - now) > SKEW)
  const others = known.filter(({ inspection }) => release(inspection.agent) !== release(version))
  return {
    blockers: known.flatMap(({ host, inspection }) => [
      ...roomBlockers(host, inspection, size, needs.get(host)),
      ...needBlockers(host, inspection, needs.get(host)),
    ]),
    warnings: [
      ...skewed.map(
        ({ host, inspection }) =>
          `the clock of ${host.name} is ${Math.round(clockOf(inspection) - now)} s from this machine's`,
      ),
      ...others.map(
        ({ host, inspection }) =>
          `the agent on ${host.name} is minos ${inspection.agent}, and this is ${version}`,
      ),
    ],
  }
}

function roomBlockers(
  host: Host,
  { hasPackage, freeBytes }: Inspection,
  size: number,
  needs: HostNeeds | undefined,
): readonly string[] {
  const files = needs?.bytes ?? 0
  const wanted = (hasPackage ? 0 : SPACE * size) + files
  if (freeBytes >= wanted) return []
  const what =
    files === 0 ? "the package needs" : hasPackage ? "the files need" : "the package and the files need"
  return [`${host.name} has ${megabytes(freeBytes)} MB free, and ${what} ${megabytes(wanted)} MB`]
}

function needBlockers(host: Host, inspection: Inspection, needs: HostNeeds | undefined): readonly string[] {
  if (!needs) return []
  const { agent, dataFolders, unknownUsers = [], foreignUsers = [] } = inspection
  if (dataFolders === undefined)
    return needs.isNew
      ? [
          `the agent on ${host.name} is minos ${agent}, which knows nothing of the files, scripts, users and disks of a release: upgrade it`,
        ]
      : []
  const disks =
    needs.disks > dataFolders
      ? [
          `${host.name} has ${dataFolders} data disk${dataFolders === 1 ? "" : "s"}, and its release is on disk ${needs.disks - 1}, counted from 0: ` +
            "start its agent with a --data DIR for each",
        ]
      : []
  return [
    ...disks,
    ...unknownUsers.map(user => `${host.name} has no user ${user}`),
    ...foreignUsers.map(user => `the agent on ${host.name} is not root, and can do nothing as ${user}`),
  ]
}

/** An older agent tells one time only, the host's. */
function clockOf({ clock, now }: Inspection): number {
  return clock ?? now
}

/** `1.4` of `1.4.2`: versions that differ only behind it speak the same. */
function release(version: string): string {
  return version.split(".").slice(0, 2).join(".")
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2)
}
