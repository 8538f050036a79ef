import * as z from "zod"
import { isTemplate } from "./is-template.js"
import {
  eachScalar,
  type Finding,
  type Located,
  type LocatedMap,
  type Path,
  plain,
  valueAt,
} from "./located.js"
import { unescape } from "./references.js"
import { clusterSchema, type Draft } from "./schema.js"
import { meantIssues, schemaFindings } from "./schema-findings.js"
import { isVars, mayRefer } from "./secret-places.js"

/** A file checked value by value: what is wrong, and what is left when that is taken out. */
export interface Drafted {
  readonly findings: readonly Finding[]
  /**
   * For the rules, which so find what is wrong elsewhere in the file too. Without findings all is there but the values that
   * still hold variables.
   */
  readonly draft: Draft
}

/** Checks a tree against the schema. Values that still hold variables are passed over. */
export function toDraft(root: Located): Drafted {
  return drafted(root, clusterSchema)
}

/** Checks jobs alone, in a tree that has nothing else. */
export function toJobsDraft(root: LocatedMap): Drafted {
  return drafted(root, jobsOnly)
}

const jobsOnly = z.object({ jobs: clusterSchema.shape.jobs })

function drafted(root: Located, schema: z.ZodType): Drafted {
  const data = plain(root, (text, path) => (mayRefer(path) ? text : unescape(text)))
  const templates = templatePaths(root)
  const first = parsed(schema, data)
  if (first.success) return { findings: [], draft: without(first.data, templates) }
  const result = coerce(data, first.error.issues, root) ? parsed(schema, data) : first
  if (result.success) return { findings: [], draft: without(result.data, templates) }
  const { issues } = result.error
  const findings = schemaFindings(issues, data, root).filter(
    ({ path, on }) => on === "key" || !isTemplateAt(root, path),
  )
  return { findings, draft: without(withoutBad(data, issues), templates) }
}

// Interpreted: zod would first write code for each map of the schema, which takes longer than to read most files.
function parsed(schema: z.ZodType, data: unknown): ReturnType<typeof schema.safeParse> {
  return schema.safeParse(data, { jitless: true })
}

/** What variables were put into is text, also where a number or true and false belong: there it is read as YAML would. */
function coerce(data: unknown, issues: readonly z.core.$ZodIssue[], root: Located): boolean {
  let changed = false
  for (const { path } of issues.flatMap(issue => leaves(issue))) {
    const at = valueAt(root, path)
    if (at?.kind !== "scalar" || at.rendered === undefined || typeof at.value !== "string") continue
    const value = typed(at.value.trim())
    if (value === undefined) continue
    change(data, path, (parent, step) => {
      parent[step] = value
    })
    changed = true
  }
  return changed
}

function leaves(issue: z.core.$ZodIssue, base: Path = []): { readonly path: Path }[] {
  const path = [...base, ...issue.path] as Path
  if (issue.code !== "invalid_union") return [{ path }]
  return [{ path }, ...issue.errors.flat().flatMap(inner => leaves(inner, path))]
}

function typed(text: string): number | boolean | undefined {
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text)
  return text === "true" ? true : text === "false" ? false : undefined
}

function templatePaths(root: Located): readonly Path[] {
  const paths: Path[] = []
  eachScalar(root, ({ value }, path) => {
    if (typeof value === "string" && isTemplate(value)) paths.push(path)
  })
  return paths
}

function isTemplateAt(root: Located, path: Path): boolean {
  const at = valueAt(root, path)
  return at?.kind === "scalar" && typeof at.value === "string" && isTemplate(at.value)
}

/** Values with variables become undefined, their keys stay. Nothing in `vars` is a value of the schema. */
function without(data: unknown, templates: readonly Path[]): Draft {
  const copy = templates.length > 0 ? structuredClone(data) : data
  for (const path of templates) {
    if (isVars(path)) continue
    change(copy, path, (parent, step) => {
      parent[step] = undefined
    })
  }
  return copy as Draft
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
