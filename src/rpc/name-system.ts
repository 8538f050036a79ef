import { isIP } from "node:net"

/** How this machine finds the addresses of names, as its files in /etc say. */
export interface NameSystem {
  /** Addresses by names in lower case: /etc/hosts. */
  readonly hosts: ReadonlyMap<string, readonly string[]>
  /** Name servers are asked after the hosts file, and nobody else; false where another service of the system may know a name. */
  readonly usesDns: boolean
  /** Domains that are put after a name with fewer dots than `ndots`. */
  readonly search: readonly string[]
  readonly ndots: number
}

/** Texts of files; undefined for one that is not there. */
export interface NameFiles {
  readonly hosts: string | undefined
  readonly nsswitch: string | undefined
  readonly resolv: string | undefined
}

/** Reads hosts(5), nsswitch.conf(5) and resolv.conf(5) as far as they say how a host's name is looked up. */
export function nameSystem({ hosts = "", nsswitch = "", resolv = "" }: NameFiles): NameSystem {
  return { hosts: hostsOf(hosts), usesDns: usesDns(nsswitch), ...searchOf(resolv) }
}

/** The names to ask a server for, in their order; empty where only the system knows what is meant. */
export function questionsFor(name: string, { search, ndots }: NameSystem): readonly string[] {
  if (/(^|\.)(localhost|local)\.?$/i.test(name)) return []
  if (name.endsWith(".")) return [name]
  const dots = name.split(".").length - 1
  return dots >= ndots ? [name] : search.map(domain => `${name}.${domain}`)
}

function hostsOf(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const [address = "", ...names] of linesOf(text)) {
    // As the system does: a line that begins with something else says nothing.
    if (isIP(address) === 0) continue
    for (const name of names.map(written => written.toLowerCase()))
      hosts.set(name, [...(hosts.get(name) ?? []), address])
  }
  return hosts
}

// What knows this machine and its containers only, or asks the same servers.
const HARMLESS = /^(files|myhostname|mymachines|resolve|mdns\w*|dns)$/

function usesDns(nsswitch: string): boolean {
  const line = linesOf(nsswitch).find(([first]) => first === "hosts:")
  // Without a word on it, glibc takes the hosts file and then the servers.
  const services = line ? line.slice(1).filter(word => !/[[\]]/.test(word)) : ["files", "dns"]
  const before = services.slice(0, services.indexOf("dns"))
  return (
    services.includes("dns") && before.includes("files") && before.every(service => HARMLESS.test(service))
  )
}

function searchOf(resolv: string): Pick<NameSystem, "search" | "ndots"> {
  const lines = linesOf(resolv)
  const search = lines.findLast(([word]) => word === "search" || word === "domain")?.slice(1) ?? []
  const options = lines.flatMap(([word, ...rest]) => (word === "options" ? rest : []))
  const ndots = options.findLast(option => option.startsWith("ndots:"))?.slice("ndots:".length)
  return {
    search: search.filter(domain => domain !== "."),
    ndots: ndots === undefined ? 1 : Number(ndots) || 0,
  }
}

/** The words of each line, without comments. */
function linesOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").map(line =>
    line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/),
  )
}
