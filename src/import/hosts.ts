import type { Entry, Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import type { Place } from "./note.js"

/** A host of one job. */
export interface JobHost {
  /** Its number in the file. */
  readonly id: number
  readonly address: string
  readonly instances: number
  readonly labels: Readonly<Record<string, string>>
  readonly entry: Entry
}

/** The hosts of a job's section by their numbers: `host.N=ADDRESS/key=value/...`, or `ADDRESS/INSTANCES` as it was first. */
export function jobHosts(section: Section, draft: Draft): readonly JobHost[] {
  const hosts: JobHost[] = []
  for (const entry of section.entries) {
    const id = /^host\.(\d+)/.exec(entry.key)?.[1]
    if (id === undefined) continue
    const host = { id: Number(id), entry, ...parseHost(textOf(entry), entry.place, draft) }
    const same = hosts.findIndex(other => other.address === host.address)
    const former = hosts[same]
    if (former === undefined) hosts.push(host)
    else hosts[same] = { ...former, instances: former.instances + host.instances }
  }
  return hosts.sort((a, b) => a.id - b.id)
}

function parseHost(text: string, place: Place, draft: Draft): Omit<JobHost, "id" | "entry"> {
  const [address = "", ...attributes] = text.split("/").map(part => part.trim())
  const labels = new Map<string, string>()
  let instances = 1
  for (const attribute of attributes) {
    const [key = "", value = ""] = /^\d+$/.test(attribute)
      ? ["instance_num", attribute]
      : attribute.split(/=(.*)/s)
    if (key === "instance_num") instances = Math.max(1, Number.parseInt(value, 10) || 1)
    else if (attribute.includes("=")) labels.set(key, value)
    else if (attribute !== "") {
      draft.note(place, {
        code: "UNKNOWN",
        message: `${attribute} behind the address is neither a number nor key=value`,
        hint: "Write it below labels of the host, as key: value",
      })
    }
  }
  return { address, instances, labels: Object.fromEntries(labels) }
}

/** All hosts of a cluster in an order in which every job's own hosts stand as in that job, where there is one. */
export function hostOrder(jobs: readonly (readonly JobHost[])[]): readonly string[] {
  const chains = jobs.map(hosts => hosts.map(host => host.address))
  const order: string[] = []
  const left = new Set(chains.flat())
  while (left.size > 0) {
    const heads = chains.flatMap(chain => chain.find(address => left.has(address)) ?? [])
    // Where jobs contradict each other there is no such order, and the first job is followed.
    const next = heads.find(head => chains.every(chain => isFirst(chain, head, left))) ?? heads[0]
    if (next === undefined) break
    order.push(next)
    left.delete(next)
  }
  return order
}

function isFirst(chain: readonly string[], address: string, left: ReadonlySet<string>): boolean {
  return !chain.includes(address) || chain.find(one => left.has(one)) === address
}

/** `instances` of a job: nothing when every host has one, a number when all have the same, else a map of those that differ. */
export function instancesOf(
  hosts: readonly JobHost[],
): number | Readonly<Record<string, number>> | undefined {
  const first = hosts[0]?.instances ?? 1
  if (hosts.every(host => host.instances === first)) return first === 1 ? undefined : first
  return Object.fromEntries(
    hosts.filter(host => host.instances !== 1).map(host => [host.address, host.instances]),
  )
}
