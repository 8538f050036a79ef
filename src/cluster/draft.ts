import type { z } from "zod"
import type { Finding, Located, Path } from "./located.js"
import { clusterSchema, type Draft, type WrittenCluster } from "./schema.js"
import { meantIssues, schemaFindings } from "./schema-findings.js"

/** A file checked value by value: what is wrong, and what is left when that is taken out. */
export interface Drafted {
  readonly findings: readonly Finding[]
  /** For the rules, which so find what is wrong elsewhere in the file too. */
  readonly draft: Draft
  /** Set when nothing is wrong. */
  readonly written?: WrittenCluster
}

/** Checks plain data against the schema. */
export function toDraft(data: unknown, root: Located): Drafted {
  const result = clusterSchema.safeParse(data)
  if (result.success) return { findings: [], draft: result.data, written: result.data }
  const findings = schemaFindings(result.error.issues, data, root)
  return { findings, draft: withoutBad(data, result.error.issues) as Draft }
}

// A bad value becomes undefined but its key stays: the name of a host whose address is wrong is still a name.
function withoutBad(data: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy = structuredClone(data)
  const clear = (issue: z.core.$ZodIssue, base: Path): void => {
    const path = [...base, ...issue.path] as Path
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) change(copy, [...path, key], (parent, step) => delete parent[step])
      return
    }
    const meant = issue.code === "invalid_union" ? meantIssues(issue) : undefined
    if (meant !== undefined) for (const inner of meant) clear(inner, path)
    else {
      change(copy, path, (parent, step) => {
        parent[step] = undefined
      })
    }
  }
  for (const issue of issues) clear(issue, [])
  return copy
}

type Parent = Record<string | number, unknown>

function change(data: unknown, path: Path, apply: (parent: Parent, step: string | number) => void): void {
  let parent = data
  for (const step of path.slice(0, -1)) {
    parent = typeof parent === "object" && parent !== null ? (parent as Parent)[step] : undefined
  }
  const last = path.at(-1)
  if (last !== undefined && typeof parent === "object" && parent !== null) apply(parent as Parent, last)
}
