import * as dns from "node:dns"
import { readFileSync } from "node:fs"
import { isIP, type LookupFunction } from "node:net"
import { networkInterfaces } from "node:os"
import pLimit from "p-limit"
import { type NameSystem, nameSystem, questionsFor } from "./name-system.js"

/** Where the addresses of a name come from. */
export interface NameSources {
  readonly system: () => NameSystem
  readonly servers: Pick<dns.promises.Resolver, "resolve4" | "resolve6">
  /** What the system itself says. */
  readonly lookup: (name: string) => Promise<readonly dns.LookupAddress[]>
  /** This machine can reach IPv6 addresses. */
  readonly hasIPv6: boolean
  /** Milliseconds. */
  readonly now: () => number
}

// More at once than servers and sockets take without losing any.
const AT_ONCE = 128
// Longer than most runs, and shorter than an agent lives.
const KEPT = 5 * 60_000

/**
 * Finds the addresses of a name: in the hosts file, else from the name servers, else from the system. The system's own look-up stands
 * in a queue of two, for libuv has few threads for it: a thousand names would take ten seconds. What it does not know either is not
 * known: rejects with its error. Each name is looked up once, and many at once.
 */
export function addressFinder(sources: NameSources): (name: string) => Promise<readonly dns.LookupAddress[]> {
  const known = new Map<
    string,
    { readonly found: Promise<readonly dns.LookupAddress[]>; readonly at: number }
  >()
  const slot = pLimit(sources.hasIPv6 ? AT_ONCE / 2 : AT_ONCE)
  return name => {
    const before = known.get(name)
    if (before && sources.now() - before.at < KEPT) return before.found
    const found = find(name, sources, slot)
    known.set(name, { found, at: sources.now() })
    // Told to whoever asks now; who asks later may have more luck.
    found.catch(() => known.delete(name))
    return found
  }
}

/** The same as what `net.connect` takes for its `lookup`. */
export function lookupFunction(
  find: (name: string) => Promise<readonly dns.LookupAddress[]>,
): LookupFunction {
  return (name, options, callback) => {
    find(name).then(
      found => {
        const [first] = found
        if (options.all) callback(null, [...found])
        else callback(null, first?.address ?? "", first?.family)
      },
      error => callback(error, ""),
    )
  }
}

/** The addresses of names as this machine knows them; nothing is read before the first name. */
export const lookupHost: LookupFunction = (name, options, callback) => {
  machine ??= lookupFunction(addressFinder(sourcesHere()))
  machine(name, options, callback)
}

let machine: LookupFunction | undefined

async function find(
  name: string,
  sources: NameSources,
  slot: ReturnType<typeof pLimit>,
): Promise<readonly dns.LookupAddress[]> {
  const system = sources.system()
  const written = system.hosts.get(name.toLowerCase())
  if (written) return written.map(address => ({ address, family: isIP(address) }))
  if (system.usesDns) {
    for (const question of questionsFor(name, system)) {
      const answer = await slot(() => ask(question, sources))
      if (answer === "trouble") break
      if (answer.length > 0) return answer
    }
  }
  return sources.lookup(name)
}

/** What the servers say; nothing for a name that they do not know. */
async function ask(
  name: string,
  { servers, hasIPv6 }: NameSources,
): Promise<readonly dns.LookupAddress[] | "trouble"> {
  const answers = await Promise.allSettled([hasIPv6 ? servers.resolve6(name) : [], servers.resolve4(name)])
  const isTrouble = answers.some(answer => answer.status === "rejected" && !UNKNOWN.has(answer.reason?.code))
  if (isTrouble) return "trouble"
  return answers.flatMap((answer, n) =>
    answer.status === "fulfilled" ? answer.value.map(address => ({ address, family: n === 0 ? 6 : 4 })) : [],
  )
}

const UNKNOWN = new Set([dns.NODATA, dns.NOTFOUND])

/** Those of this machine, which are looked at anew every few minutes: an agent lives longer than the name servers it began with. */
export function sourcesHere(
  now: () => number = () => performance.now(),
  newServers: () => NameSources["servers"] = () => new dns.promises.Resolver({ timeout: 1_000, tries: 2 }),
): NameSources {
  let known: { readonly system: NameSystem; readonly servers: NameSources["servers"] } | undefined
  let at = 0
  const current = () => {
    if (known && now() - at <= KEPT) return known
    at = now()
    const system = nameSystem({
      hosts: textOf("/etc/hosts"),
      nsswitch: textOf("/etc/nsswitch.conf"),
      resolv: textOf("/etc/resolv.conf"),
    })
    known = {
      // Elsewhere these files are not the whole truth.
      system: process.platform === "linux" ? system : { ...system, usesDns: false },
      servers: newServers(),
    }
    return known
  }
  return {
    system: () => current().system,
    get servers() {
      return current().servers
    },
    lookup: name => dns.promises.lookup(name, { all: true }),
    hasIPv6: hasIPv6(),
    now,
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

function hasIPv6(): boolean {
  return Object.values(networkInterfaces())
    .flat()
    .some(one => one?.family === "IPv6" && !one.internal && !one.address.toLowerCase().startsWith("fe80"))
}
