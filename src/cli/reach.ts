import type { Cluster, Host, Relay } from "../model/cluster.js"
import type { RelayTrouble } from "../model/relay.js"
import type { LocalBlob } from "../packages/upload.js"
import { createProxy, type Proxy } from "../rpc/proxy.js"

/** How hosts are reached: from this machine, or by the relays of their regions. */
export interface Reach {
  /** A new one each time. */
  proxyTo(host: Host): Proxy
  /** Brings a package to the agent of a host, unless it is there. Throws a PackageError, or a CallError where a relay is at fault. */
  upload(host: Host, blob: LocalBlob, signal: AbortSignal): Promise<void>
  readonly relays: readonly Relay[]
  /** The names of their regions. */
  readonly relayed: ReadonlySet<string>
  /** What went wrong with relays so far: one at most for each. */
  troubles(): readonly RelayTrouble[]
}

/** From this machine. */
export const DIRECTLY: Reach = {
  proxyTo: host => createProxy(host.endpoint),
  upload: async (host, blob, signal) => {
    // Loaded here, because no other command moves packages.
    const { uploadBlob } = await import("../packages/upload.js")
    await uploadBlob(host.endpoint, blob, { signal })
  },
  relays: [],
  relayed: new Set(),
  troubles: () => [],
}

/** How the hosts of a cluster are reached. */
export async function reachOf(cluster: Cluster): Promise<Reach> {
  if (cluster.regions.every(({ relay }) => relay === undefined)) return DIRECTLY
  const { reachByRelays } = await import("./relay-reach.js")
  return reachByRelays(cluster)
}
