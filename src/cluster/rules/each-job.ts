import type { jobHostFinder } from "../job-hosts.js"
import { type Finding, keysAt, type Path } from "../located.js"
import type { RuleInput } from "../rules.js"
import type { Partially, WrittenJob } from "../schema.js"

export type DraftJob = Partially<WrittenJob>

/** What a check finds in the jobs, in the order of the file. */
export function eachJob(
  { draft, root }: RuleInput,
  check: (job: DraftJob, path: Path, name: string) => readonly Finding[],
): Finding[] {
  return keysAt(root, ["jobs"]).flatMap(name => {
    const job = draft.jobs?.[name]
    return job === undefined ? [] : check(job, ["jobs", name], name)
  })
}

/** The names of the hosts that a job names, each once. */
export function foundHosts(
  find: ReturnType<typeof jobHostFinder>,
  patterns: DraftJob["hosts"],
): ReadonlySet<string> {
  return new Set((patterns ?? []).flatMap(pattern => (pattern === undefined ? [] : find(pattern).found)))
}
