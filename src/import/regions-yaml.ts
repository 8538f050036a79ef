import type { Pair } from "yaml"
import type { Draft } from "./draft.js"
import { hostOrder, type JobHost } from "./hosts.js"
import type { JobPart } from "./jobs.js"
import { block, flow, pair } from "./yaml-nodes.js"

/** `regions`: one region with all hosts, in the order that gives every task its number, as far as there is one. */
export function regionsOf(jobs: readonly JobPart[], region: string, draft: Draft): Pair[] {
  const order = hostOrder(jobs.map(job => job.hosts))
  if (order.length === 0) return []
  const inJobs = new Map<string, JobHost[]>(order.map(address => [address, []]))
  for (const host of jobs.flatMap(job => job.hosts)) inJobs.get(host.address)?.push(host)
  for (const job of jobs) {
    const own = job.hosts.map(host => host.address)
    const mine = new Set(own)
    if (own.join() === order.filter(address => mine.has(address)).join()) continue
    draft.note(job.hosts[0]?.entry.place ?? { file: "", line: 1 }, {
      code: "LOOK",
      message: `${job.name} has its hosts in another order than the jobs before it; its tasks get other numbers here`,
      hint: `Tasks are numbered as the hosts stand below regions. Look at what names a task of ${job.name} by its number.`,
    })
  }
  const hosts = order.map(address => hostPair(address, inJobs.get(address) ?? [], draft))
  return [pair("regions", block([pair(region, block([pair("hosts", block(hosts))]))]))]
}

/** A host; `same` is what each of its jobs says of it. */
function hostPair(address: string, same: readonly JobHost[], draft: Draft): Pair {
  const labels = new Map<string, string>()
  for (const host of same) {
    for (const [key, value] of Object.entries(host.labels)) {
      const former = labels.get(key)
      if (former !== undefined && former !== value) {
        draft.note(host.entry.place, {
          code: "NO_COUNTERPART",
          message: `${key}=${value} differs from ${former} in another job, and a host has one set of labels`,
          hint: "Give one of them another name.",
        })
      } else labels.set(key, value)
    }
  }
  const [first] = same
  const comments = first === undefined ? {} : first.entry
  const pairs = [...labels].map(([key, value]) => pair(key, value))
  return pairs.length === 0
    ? pair(address, address, comments)
    : pair(address, flow([pair("address", address), pair("labels", flow(pairs))]), comments)
}
