import { memoryWords } from "./arguments.js"
import type { Named } from "./cluster-section.js"
import { type Entry, findEntry, findSection, type Section } from "./configobj.js"
import { type Draft, textOf } from "./draft.js"
import { fileNames } from "./files.js"
import type { JobPart } from "./jobs.js"
import type { Scope } from "./scope.js"
import type { ServiceFacts } from "./services.js"

/** The file that is converted, with all that was found in it. */
export interface SourceFile {
  readonly root: Section
  readonly named: Named
  readonly facts: ServiceFacts
  readonly jobs: readonly JobPart[]
  readonly draft: Draft
  /** Absolute paths: the file, and what it becomes, from which its own paths start. */
  readonly path: string
  readonly target: string
  readonly region: string
  readonly configDir: string
  /** The entry `base` of [configuration]. */
  readonly base: Entry | undefined
}

/** What the texts of a job are looked up in; of all jobs together without one. */
export function scopeOf({ root, named, jobs }: SourceFile, job: string | undefined): Scope {
  const section = findSection(root, "configuration")
  const storm = section === undefined ? undefined : findSection(section, "storm.yaml")
  const slots = findEntry(storm, "slot_number")
  const base = named.cluster === undefined
  return {
    service: named.service,
    ...(job !== undefined && { job }),
    instances: base || jobs.some(one => one.hosts.some(host => host.instances > 1)),
    ...(!base && { clusters: named.clusters }),
    files: fileNames(section),
    ...(slots !== undefined && Number(textOf(slots)) < 1_000 && { slots: Number(textOf(slots)) }),
  }
}

/** Whether the command stands in this file: in one without a base, in one with [arguments], and in those of the first versions. */
export function hasCommand({ root, base, jobs }: SourceFile): boolean {
  if (base === undefined || findSection(root, "arguments") !== undefined) return true
  return jobs.some(job => job.section !== undefined && Object.keys(memoryWords(job.section)).length > 0)
}
