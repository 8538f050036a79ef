import type { Host } from "../model/cluster.js"
import type { Inspection } from "../model/deployment.js"

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
 * in epoch seconds, `version` the operator's minos; the clocks of hosts are only compared, never relied on.
 */
export function preflight(
  inspections: ReadonlyMap<Host, Inspection | undefined>,
  size: number,
  now: number,
  version: string,
): Preflight {
  const known = [...inspections].flatMap(([host, inspection]) => (inspection ? [{ host, inspection }] : []))
  const full = known.filter(({ inspection }) => !inspection.hasPackage && inspection.freeBytes < SPACE * size)
  const skewed = known.filter(({ inspection }) => Math.abs(clockOf(inspection) - now) > SKEW)
  const others = known.filter(({ inspection }) => release(inspection.agent) !== release(version))
  return {
    blockers: full.map(
      ({ host, inspection }) =>
        `${host.name} has ${megabytes(inspection.freeBytes)} MB free, and the package needs ${megabytes(SPACE * size)} MB`,
    ),
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
