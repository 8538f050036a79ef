import { matchNames, type NameMatch } from "./name-match.js"

/** A host as far as `hosts:` of a job can name it. */
export interface Placed {
  readonly name: string
  readonly region: string
}

/** Finds what one text of a job's `hosts` names: a region, a host, a range or a glob of hosts (`*` is all of them). */
export function jobHostFinder(hosts: readonly Placed[]): (pattern: string) => NameMatch {
  const names = new Set(hosts.map(host => host.name))
  const regions = new Map<string, string[]>()
  for (const host of hosts) {
    const members = regions.get(host.region)
    if (members === undefined) regions.set(host.region, [host.name])
    else members.push(host.name)
  }
  return pattern => {
    const members = regions.get(pattern)
    return members === undefined ? matchNames(pattern, names) : { found: members, unknown: [] }
  }
}
