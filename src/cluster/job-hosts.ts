import { remembered, rememberedOf } from "../model/remembered.js"
import { matchNames, type NameMatch } from "./name-match.js"

/** A host as far as `hosts:` of a job can name it. */
export interface Placed {
  readonly name: string
  readonly region: string
}

/**
 * Finds what one text of a job's `hosts` names: a region, a host, a range or a glob of hosts (`*` is all of them). Most checks of a file
 * ask that of the same hosts, and of the same texts.
 */
export const jobHostFinder = rememberedOf((hosts: readonly Placed[]): ((pattern: string) => NameMatch) => {
  const names = new Set(hosts.map(host => host.name))
  const regions = new Map<string, string[]>()
  for (const host of hosts) {
    const members = regions.get(host.region)
    if (members === undefined) regions.set(host.region, [host.name])
    else members.push(host.name)
  }
  return remembered({ most: 64, longest: 1_024 }, pattern => {
    const members = regions.get(pattern)
    return members === undefined ? matchNames(pattern, names) : { found: members, unknown: [] }
  })
})
