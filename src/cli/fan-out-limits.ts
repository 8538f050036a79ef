import { roomForConnections } from "../rpc/open-files.js"
import type { FanOut } from "../run/fan-out.js"

/** How wide the operator wants a fan-out; as wide as the fleet asks for where a flag is absent. */
export interface FanOutFlags {
  readonly fanout?: number | undefined
  readonly "fanout-region"?: number | undefined
}

const USUAL = 128
const WIDE = 512
// From here on the time is decided by how many calls wait at once.
const MANY = 2_000
// As many connections as a relay has at once.
const BY_A_RELAY = 256

/**
 * The limits for a fleet of so many targets: 128 calls at once, 512 for more than 2,000 targets, and never more than this process may
 * have files open. A region with a relay has room of its own, unless a flag says how wide it shall be over all.
 */
export function fanOutLimits(
  flags: FanOutFlags,
  targets: number,
  relayed: ReadonlySet<string> = new Set(),
  openFiles?: number,
): FanOut {
  const room = roomForConnections(openFiles)
  const total = Math.min(room, flags.fanout ?? (targets > MANY ? WIDE : USUAL))
  const each = Math.min(room, flags["fanout-region"] ?? BY_A_RELAY)
  return {
    total,
    perRegion: Math.min(total, flags["fanout-region"] ?? total),
    ...(flags.fanout === undefined && { relayed: new Map([...relayed].map(region => [region, each])) }),
  }
}
