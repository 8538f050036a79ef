import type { LocatedMap, Path } from "../located.js"
import { isVars } from "../secret-places.js"
import { type Rendered, renderTree } from "./render-tree.js"
import { outerScope } from "./scope.js"
import { rendererOf, type TextRenderer } from "./text-renderer.js"

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
  const renderers = new Map<string, TextRenderer>()
  const rendererAt = (path: Path): TextRenderer => {
    const job = path[0] === "jobs" && path.length > 2 ? String(path[1]) : ""
    const known = renderers.get(job)
    if (known) return known
    const made = rendererOf(outerScope(root, job || undefined))
    renderers.set(job, made)
    return made
  }
  return renderTree(root, rendererAt, path => isVars(path) || isTaskPart(path))
}
