import { printable } from "../../model/visible.js"
import { cycles } from "../cycles.js"
import { type Finding, keysAt, pathText } from "../located.js"
import { hinter, thereIs } from "../nearest.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"

/** `after` names other jobs of the file. */
export function afterJobs(input: RuleInput): Finding[] {
  const names = keysAt(input.root, ["jobs"])
  const known = new Set(names)
  const hintFor = hinter(known, () => thereIs(names))
  return eachJob(input, (job, path, name) =>
    (job.after ?? []).flatMap((other, i): Finding[] => {
      if (other === undefined) return []
      const at = [...path, "after", i]
      if (other === name) {
        const message = `${pathText(at)}: a job cannot come after itself`
        return [{ code: "JOB_CYCLE", path: at, message, hint: "Remove it." }]
      }
      if (known.has(other)) return []
      const message = `${pathText(at)}: no job is named "${printable(other)}"`
      return [{ code: "UNKNOWN_JOB", path: at, message, hint: hintFor(other) }]
    }),
  )
}

/** There is an order of the jobs: no ring of jobs that wait for each other. */
export function afterCycles({ draft, root }: RuleInput): Finding[] {
  const after = (name: string) => draft.jobs?.[name]?.after ?? []
  const names = keysAt(root, ["jobs"])
  const waits = new Map(
    names.map(name => [name, after(name).filter(other => other !== undefined && other !== name)] as const),
  ) as ReadonlyMap<string, readonly string[]>
  return cycles(waits).map(ring => {
    const [first = "", second = ""] = ring
    const path = ["jobs", first, "after", after(first).indexOf(second)]
    const message = `${pathText(path)}: these jobs wait for each other: ${drawn([...ring, first])}`
    return { code: "JOB_CYCLE", path, message, hint: "Remove one of these from the after of another." }
  })
}

// Of a long ring the first ones are enough to find it.
function drawn(ring: readonly string[]): string {
  const shown = ring.length <= 12 ? ring : [...ring.slice(0, 10), "...", ...ring.slice(-1)]
  return shown.map(name => printable(name)).join(" -> ")
}
