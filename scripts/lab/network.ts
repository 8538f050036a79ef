import { attempt, must } from "./command.js"
import { type HostPlace, PREFIX } from "./place.js"

/** The network of a host: a namespace of its own, and a pair of links to it. Only 10.200.N.0/30 is ever used. */
export interface Network {
  /** Of the host's agent. */
  readonly address: string
  /** The words before a command that has it run in the host's namespace. */
  readonly inside: readonly string[]
  /** The link on this side. */
  readonly link: string
  /** The link on the host's side. */
  readonly hostLink: string
}

/** By which the routes of a lab are known, and come after all others. */
const METRIC = "4123"

/** Makes the network of a host, which must not exist. Needs root. */
export async function makeNetwork({ number }: HostPlace): Promise<Network> {
  const name = `${PREFIX}-${number}`
  const inside = ["nsenter", `--net=/run/netns/${name}`]
  const network: Network = {
    address: `10.200.${number}.2`,
    inside,
    link: `${PREFIX}v${number}`,
    hostLink: `${PREFIX}e${number}`,
  }
  const { link, hostLink, address } = network
  // While the link is down its route is gone, and a gateway of this machine could answer in the host's place.
  await must(["ip", "route", "replace", "unreachable", `10.200.${number}.0/30`, "metric", METRIC])
  await must(["ip", "netns", "add", name])
  await must(["ip", "link", "add", link, "type", "veth", "peer", "name", hostLink, "netns", name])
  await must(["ip", "addr", "add", `10.200.${number}.1/30`, "dev", link])
  await must(["ip", "link", "set", link, "up"])
  await must([...inside, "ip", "addr", "add", `${address}/30`, "dev", hostLink])
  await must([...inside, "ip", "link", "set", hostLink, "up"])
  await must([...inside, "ip", "link", "set", "lo", "up"])
  return network
}

/** Removes the networks of every lab, this one's or a dead one's. */
export async function removeNetworks(): Promise<void> {
  const { stdout } = await attempt(["ip", "netns", "list"])
  const names = stdout.split("\n").map(line => line.split(" ")[0] ?? "")
  for (const name of names) if (name.startsWith(`${PREFIX}-`)) await attempt(["ip", "netns", "del", name])
  const links = await attempt(["ip", "-o", "link", "show", "type", "veth"])
  for (const [, link] of links.stdout.matchAll(/^\d+: ([^:@]+)[:@]/gm))
    if (link?.startsWith(`${PREFIX}v`)) await attempt(["ip", "link", "del", link])
  await attempt(["ip", "route", "flush", "type", "unreachable", "metric", METRIC])
}
