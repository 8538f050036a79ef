import { lookup } from "node:dns/promises"
import { BlockList, isIP } from "node:net"

const FORBIDDEN = new BlockList()
// Link-local: nothing that is deployed to, but where clouds tell each machine its credentials.
FORBIDDEN.addSubnet("169.254.0.0", 16, "ipv4")
FORBIDDEN.addSubnet("fe80::", 10, "ipv6")
// What some clouds use instead.
FORBIDDEN.addAddress("100.100.100.200", "ipv4")
FORBIDDEN.addAddress("168.63.129.16", "ipv4")
FORBIDDEN.addAddress("fd00:ec2::254", "ipv6")

/** Whether a relay connects to this address, of IPv4 or IPv6. */
export function isForbidden(address: string): boolean {
  const bare = address.split("%", 1)[0] as string
  return FORBIDDEN.check(bare, isIP(bare) === 6 ? "ipv6" : "ipv4")
}

/** Whether a host, by its name or its address, leads to where a relay does not connect. A name without an address is for the caller. */
export async function leadsToForbidden(host: string): Promise<boolean> {
  if (isIP(host) !== 0) return isForbidden(host)
  const found = await lookup(host, { all: true }).catch(() => [])
  return found.some(({ address }) => isForbidden(address))
}
