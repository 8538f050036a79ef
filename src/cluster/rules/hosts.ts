import { printable } from "../../model/visible.js"
import { parseAddress } from "../address.js"
import { AGENT_DEFAULTS } from "../defaults.js"
import type { UnfoldedHost } from "../hosts.js"
import { isTemplate } from "../is-template.js"
import { type Finding, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"

export function badAddresses({ hosts }: RuleInput): Finding[] {
  return oncePerEntry(hosts.hosts, host => {
    if (host.address === undefined || host.address === "") return undefined
    // A reference to a secret is refused as such.
    if (host.address.includes("${") || isTemplate(host.address)) return undefined
    const parsed = parseAddress(host.address)
    if (parsed.kind !== "bad") return undefined
    const message = `${pathText(host.addressPath)}: "${printable(host.address)}" ${parsed.message}`
    return { code: "BAD_ADDRESS", path: host.addressPath, message, hint: parsed.hint }
  })
}

export function duplicateHosts({ hosts, place }: RuleInput): Finding[] {
  const first = new Map<string, UnfoldedHost>()
  return oncePerEntry(hosts.hosts, host => {
    const other = first.get(host.name)
    first.set(host.name, other ?? host)
    if (other === undefined) return undefined
    const message = `the host ${printable(host.name)} is here twice, first at ${place(other.path, "key")}`
    return {
      code: "DUPLICATE_HOST",
      path: host.path,
      on: "key",
      message,
      hint: "Each host has a name of its own.",
    }
  })
}

export function duplicateEndpoints({ hosts, place }: RuleInput): Finding[] {
  const first = new Map<string, UnfoldedHost>()
  return oncePerEntry(hosts.hosts, host => {
    const endpoint = endpointOf(host)
    if (endpoint === undefined) return undefined
    const other = first.get(endpoint)
    first.set(endpoint, other ?? host)
    // The same host twice is already a problem of its name.
    if (other === undefined || other.name === host.name) return undefined
    const message = `${host.name} and ${other.name} (${place(other.addressPath, "value")}) are both at ${endpoint}`
    const hint = "Give each host its own address, or its own agent: {port: ...}."
    return { code: "DUPLICATE_ENDPOINT", path: host.addressPath, message, hint }
  })
}

/** `hosts: [x]` of a job could mean either. */
export function ambiguousNames({ hosts, draft }: RuleInput): Finding[] {
  const regions = new Set(Object.keys(draft.regions ?? {}))
  return oncePerEntry(hosts.hosts, host => {
    if (!regions.has(host.name)) return undefined
    const message = `"${host.name}" is the name of a host and of a region`
    return { code: "AMBIGUOUS_NAME", path: host.path, on: "key", message, hint: "Rename one of them." }
  })
}

// Address and port as one text; undefined when one of them is wrong.
function endpointOf({ address, agent }: UnfoldedHost): string | undefined {
  if (address === undefined) return undefined
  const parsed = parseAddress(address)
  if (parsed.kind === "bad") return undefined
  if (parsed.kind === "socket") return `unix://${parsed.path}`
  if ("port" in agent && agent.port === undefined) return undefined
  const host = parsed.host.toLowerCase()
  return `${host.includes(":") ? `[${host}]` : host}:${agent.port ?? AGENT_DEFAULTS.port}`
}

// The hosts of one range share an entry, and one problem of it is enough.
function oncePerEntry(
  hosts: readonly UnfoldedHost[],
  check: (host: UnfoldedHost) => Finding | undefined,
): Finding[] {
  const found = new Map<UnfoldedHost["path"], Finding>()
  for (const host of hosts) {
    const finding = check(host)
    if (finding !== undefined && !found.has(host.path)) found.set(host.path, finding)
  }
  return [...found.values()]
}
