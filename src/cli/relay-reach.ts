import type { Cluster, Relay } from "../model/cluster.js"
import { endpointName } from "../model/endpoint.js"
import type { CallFailure } from "../model/failure.js"
import type { RelayTrouble } from "../model/relay.js"
import { DIRECT } from "../rpc/carrier.js"
import { createProxy } from "../rpc/proxy.js"
import { relayCarrier } from "../rpc/relay-carrier.js"
import { relaySession } from "../rpc/relay-session.js"
import { DIRECTLY, type Reach } from "./reach.js"
import { relayUploads } from "./relay-uploads.js"

/** The hosts of a region that has a relay by one session with it, the others from this machine. */
export function reachByRelays(cluster: Cluster): Reach {
  const ways = new Map(
    cluster.regions.flatMap(({ name, relay }) => (relay ? [[name, wayBy(name, relay)] as const] : [])),
  )
  return {
    proxyTo: host => (ways.get(host.region) ?? DIRECTLY).proxyTo(host),
    upload: (host, blob, signal) => (ways.get(host.region) ?? DIRECTLY).upload(host, blob, signal),
    relays: [...ways.values()].flatMap(({ relays }) => relays),
    relayed: new Set(ways.keys()),
    troubles: () => [...ways.values()].flatMap(({ troubles }) => troubles()),
  }
}

function wayBy(region: string, relay: Relay): Reach {
  const otherWay = relay.fallback === "direct"
  const session = relaySession({ relay: relay.endpoint, otherWay })
  const carrier = relayCarrier(session, otherWay ? DIRECT : undefined)
  const uploads = relayUploads(relay, session)
  const inWords = (kind: RelayTrouble["kind"], { reason, message }: CallFailure): RelayTrouble => ({
    region,
    relay: endpointName(relay.endpoint),
    kind,
    reason,
    message,
    fallback: relay.fallback,
  })
  return {
    proxyTo: host => createProxy(host.endpoint, carrier),
    upload: uploads.upload,
    relays: [relay],
    relayed: new Set([region]),
    troubles: () => {
      const trouble = session.trouble() ?? uploads.trouble()
      return trouble ? [inWords(trouble.kind, trouble.failure)] : []
    },
  }
}
