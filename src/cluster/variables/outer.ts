import type { LocatedMap, Path } from "../located.js"
import { isVars } from "../secret-places.js"
import type { Scope } from "../template/scope.js"
import { type Rendered, renderTree } from "./render-tree.js"
import { outerScope } from "./scope.js"

/** Keys of a job whose variables may differ from task to task. */
const TASK_KEYS: ReadonlySet<string | number | undefined> = new Set([
  "command",
  "env",
  "files",
  "checks",
  "user",
  "directory",
  "bootstrap",
  "preStart",
  "postStop",
  "cleanup",
])

/** Whether a place is one of those where each task has its own variables: `jobs.web.env` and all below. */
export function isTaskPart(path: Path): boolean {
  return path[0] === "jobs" && path.length >= 3 && TASK_KEYS.has(path[2])
}

/** The file with the variables put in that are the same for all tasks; `vars` themselves stay as they are written. */
export function renderOuter(root: LocatedMap): Rendered<LocatedMap> {
  const scopes = new Map<string, Scope>()
  const scopeAt = (path: Path): Scope => {
    const job = path[0] === "jobs" && path.length > 2 ? String(path[1]) : ""
    const known = scopes.get(job)
    if (known) return known
    const made = outerScope(root, job || undefined)
    scopes.set(job, made)
    return made
  }
  return renderTree(root, scopeAt, path => isVars(path) || isTaskPart(path))
}
