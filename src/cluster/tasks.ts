import { type DraftedTask, type DraftOptions, draftTask, type Made } from "./draft-task.js"
import { isTemplate } from "./is-template.js"
import { type Located, type LocatedMap, valueAt } from "./located.js"
import type { PlacedJob, PlacedTask } from "./place.js"
import type { Problem } from "./problem.js"
import { isTaskPart } from "./variables/outer.js"
import type { PortUse } from "./variables/scope.js"
import { type JobRenderings, taskRenderer } from "./variables/task-renderer.js"

/** What came of all jobs. */
export interface DraftedTasks {
  readonly tasks: readonly DraftedTask[]
  readonly findings: readonly Problem[]
  /** The ports of its own that each task names by number. */
  readonly used: PortUse
}

/** Problems of one job that are looked for task by task; the next ones are mostly the same. */
const ENOUGH = 20

/** Puts the variables into each task's part of its job, and makes its files. What is the same for all tasks is made once. */
export function draftTasks(jobs: readonly PlacedJob[], options: DraftOptions): DraftedTasks {
  const findings: Problem[] = []
  const used: PortUse = new Map()
  const known = { root: options.raw, jobs, other: options.other, used }
  const tasks = jobs.flatMap(job => {
    const at = valueAt(options.root, ["jobs", job.name])
    if (at?.kind !== "map") return []
    const differs = isDifferentByTask(at)
    const renderings: JobRenderings = new Map()
    const draft = (task: PlacedTask): Made => {
      const made = draftTask(task, at, taskRenderer(task, known, renderings), differs, options)
      findings.push(...made.problems)
      return made
    }
    return differs ? eachByItself(job.tasks, draft) : allAlike(job.tasks, draft)
  })
  return { tasks, findings, used }
}

type DraftOne = (task: PlacedTask) => Made

function allAlike(tasks: readonly PlacedTask[], draft: DraftOne): readonly DraftedTask[] {
  const parts = tasks[0] && draft(tasks[0]).parts
  return parts === undefined ? [] : tasks.map(task => ({ task, ...parts }))
}

function eachByItself(tasks: readonly PlacedTask[], draft: DraftOne): readonly DraftedTask[] {
  const drafts: DraftedTask[] = []
  let problems = 0
  for (const task of tasks) {
    const { parts, problems: found } = draft(task)
    problems += found.length
    if (problems > ENOUGH) break
    if (parts !== undefined) drafts.push({ task, ...parts })
  }
  return drafts
}

/** Whether the part of a job that each task has for itself holds variables, or a file made of a template. */
function isDifferentByTask(job: LocatedMap): boolean {
  const differs = (at: Located): boolean => {
    if (at.kind === "scalar") return typeof at.value === "string" && isTemplate(at.value)
    if (at.kind === "list") return at.items.some(differs)
    return [...at.entries].some(([key, value]) => isTemplate(key) || differs(value))
  }
  const files = valueAt(job, ["files"])
  return (
    [...job.entries].some(([key, value]) => isTaskPart(["jobs", "", key]) && differs(value)) ||
    (files?.kind === "map" && [...files.entries.values()].some(file => valueAt(file, ["template"])))
  )
}
