import { MEMORY_KEYS } from "./arguments.js"
import { findEntry, findSection, type Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import { type JobHost, jobHosts } from "./hosts.js"
import { lookup } from "./lookup.js"
import type { ServiceFacts } from "./services.js"

/** A job as the file says it. */
export interface JobPart {
  readonly name: string
  /** Absent in a base file. */
  readonly section?: Section
  readonly hosts: readonly JobHost[]
  readonly basePort?: number
}

/** The jobs of a file: those that `named` or [cluster] lists, in a base file those of [arguments]. */
export function readJobs(
  root: Section,
  named: readonly string[] | undefined,
  facts: ServiceFacts,
  draft: Draft,
): readonly JobPart[] {
  const names = named ?? listed(root)
  const jobs = new Map<string, JobPart>()
  for (const name of names) jobs.set(name, readJob(root, name, draft))
  for (const job of jobs.values()) {
    if (job.section === undefined || job.hosts.length > 0) continue
    const beside = jobs.get(lookup(facts.beside, job.name) ?? "")
    if (beside !== undefined) jobs.set(job.name, { ...job, hosts: beside.hosts })
    else noHosts(job.name, job.section, draft)
  }
  for (const section of root.sections) {
    if (jobs.has(section.name) || ["cluster", "configuration", "arguments"].includes(section.name)) continue
    draft.note(section.place, {
      code: "UNKNOWN",
      message: `[${section.name}] is no job that [cluster] lists, so Minos did not read it`,
      hint: "Add it to jobs=, if it should run.",
    })
  }
  return [...jobs.values()]
}

function listed(root: Section): readonly string[] {
  const cluster = findSection(root, "cluster")
  const jobs = findEntry(cluster, "jobs")
  if (jobs !== undefined)
    return [
      ...new Set(
        textOf(jobs)
          .split(/[\s,]+/)
          .filter(name => name !== ""),
      ),
    ]
  if (cluster !== undefined) return []
  const sections = findSection(root, "arguments")?.sections ?? []
  return sections.map(section => section.name).filter(name => name !== "service_common")
}

function readJob(root: Section, name: string, draft: Draft): JobPart {
  const section = findSection(root, name)
  if (section === undefined) return { name, hosts: [] }
  const port = findEntry(section, "base_port")
  const basePort = port === undefined ? Number.NaN : Number(textOf(port))
  const good = Number.isInteger(basePort) && basePort > 0 && basePort < 65_536
  if (!good) {
    draft.note(port?.place ?? section.place, {
      code: "LOOK",
      message: `[${name}] has no base_port that is a port, and Minos refused such a file`,
      hint: "Write basePort: 12000, or leave it out if nothing names a port.",
    })
  }
  for (const { key, place } of section.entries) {
    if (key === "base_port" || /^host\.\d+/.test(key) || MEMORY_KEYS.includes(key)) continue
    draft.note(place, {
      code: "UNKNOWN",
      message: `${key}: Minos read no such key in a job`,
      hint: "Write it into vars of the job if something should use it.",
    })
  }
  return { name, section, hosts: jobHosts(section, draft), ...(good && { basePort }) }
}

function noHosts(name: string, section: Section, draft: Draft): void {
  draft.note(section.place, {
    code: "LOOK",
    message: `[${name}] names no hosts`,
    hint: 'All are taken; write which ones: hosts: ["10.0.3.105"]',
  })
}
