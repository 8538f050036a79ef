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
 * in epoch seconds; the clocks of hosts are only compared, never relied on.
 */
export function preflight(
  inspections: ReadonlyMap<Host, Inspection | undefined>,
  size: number,
  now: number,
): Preflight {
  const known = [...inspections].flatMap(([host, inspection]) => (inspection ? [{ host, inspection }] : []))
  const full = known.filter(({ inspection }) => !inspection.hasPackage && inspection.freeBytes < SPACE * size)
  const skewed = known.filter(({ inspection }) => Math.abs(inspection.now - now) > SKEW)
  return {
    blockers: full.map(
      ({ host, inspection }) =>
        `${host.name} has ${megabytes(inspection.freeBytes)} MB free, and the package needs ${megabytes(SPACE * size)} MB`,
    ),
    warnings: skewed.map(
      ({ host, inspection }) =>
        `the clock of ${host.name} is ${Math.round(inspection.now - now)} s from this machine's`,
    ),
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 ** 2)
}
