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
  const hosts = new Map<string, JobHost>()
  for (const entry of section.entries) {
    const id = /^host\.(\d+)/.exec(entry.key)?.[1]
    if (id === undefined) continue
    const host = { id: Number(id), entry, ...parseHost(textOf(entry), entry.place, draft) }
    if (host.address === "") {
      noAddress(entry, draft)
      continue
    }
    const same = hosts.get(host.address)
    hosts.set(
      host.address,
      same === undefined ? host : { ...same, instances: same.instances + host.instances },
    )
  }
  return [...hosts.values()].sort((a, b) => a.id - b.id)
}

function noAddress({ key, place }: Entry, draft: Draft): void {
  draft.note(place, {
    code: "UNKNOWN",
    message: `${key} has no address; the host is left out`,
    hint: "Write it below regions: 10.0.3.105: 10.0.3.105",
  })
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
  const jobsOf = new Map<string, number>()
  for (const address of chains.flat()) jobsOf.set(address, (jobsOf.get(address) ?? 0) + 1)
  const order = new Set<string>()
  const next = chains.map(() => 0)
  while (order.size < jobsOf.size) {
    const heads = chains.flatMap((chain, n) => {
      let at = next[n] ?? 0
      while (at < chain.length && order.has(chain[at] ?? "")) at += 1
      next[n] = at
      return chain.slice(at, at + 1)
    })
    // Where jobs contradict each other there is no such order, and the first job is followed.
    const free = heads.find(head => heads.filter(other => other === head).length === jobsOf.get(head))
    order.add(free ?? heads[0] ?? "")
  }
  return [...order]
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
