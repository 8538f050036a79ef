import { BlockList, isIP, type LookupFunction } from "node:net"

const FORBIDDEN = new BlockList()
// Link-local: nothing that is deployed to, but where clouds tell each machine its credentials.
FORBIDDEN.addSubnet("169.254.0.0", 16, "ipv4")
FORBIDDEN.addSubnet("fe80::", 10, "ipv6")
// What some clouds use instead.
FORBIDDEN.addAddress("100.100.100.200", "ipv4")
FORBIDDEN.addAddress("168.63.129.16", "ipv4")
FORBIDDEN.addAddress("fd00:ec2::254", "ipv6")

/** Whether this is an address, of IPv4 or IPv6, to which a relay does not connect. */
export function isForbidden(address: string): boolean {
  const bare = address.split("%", 1)[0] as string
  const version = isIP(bare)
  return version !== 0 && FORBIDDEN.check(bare, version === 6 ? "ipv6" : "ipv4")
}

/** An address to which a relay does not connect. */
export class ForbiddenPlace extends Error {
  constructor() {
    super("the relay does not connect to link-local addresses")
    this.name = "ForbiddenPlace"
  }
}

/**
 * A look-up by which a connection to a name gets a ForbiddenPlace where one of its addresses is forbidden: looked at when it is connected
 * to, so that no other answer of a name server can come between.
 */
export function permitted(lookup: LookupFunction): LookupFunction {
  return (name, options, callback) =>
    lookup(name, { ...options, all: true }, (error, found) => {
      const all = Array.isArray(found) ? found : []
      const refusal = all.some(({ address }) => isForbidden(address)) ? new ForbiddenPlace() : error
      if (refusal || options.all) callback(refusal, all)
      else callback(null, all[0]?.address ?? "", all[0]?.family)
    })
}
