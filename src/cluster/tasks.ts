import type { TaskRelease } from "../model/cluster.js"
import type { Check } from "../model/policy.js"
import type { World } from "./check.js"
import { toJobsDraft } from "./draft.js"
import { type FileSources, localFileFindings, releaseFiles } from "./files/release-files.js"
import { isTemplate } from "./is-template.js"
import { type Finding, type Located, type LocatedMap, problemAt, valueAt } from "./located.js"
import type { PlacedJob, PlacedTask } from "./place.js"
import { toChecks } from "./policy.js"
import { type Problem, withoutEchoes } from "./problem.js"
import { toProcess, toScripts } from "./process.js"
import { strayFolders } from "./rules/folders.js"
import { controlCharacters } from "./rules/text.js"
import { type RuleInput, TASK_RULES } from "./rules.js"
import type { WrittenJob } from "./schema.js"
import { isVars } from "./secret-places.js"
import { resolveValue, secretFindings } from "./secrets.js"
import { withoutMarks } from "./variables/folder-marks.js"
import { isTaskPart } from "./variables/outer.js"
import { renderTree } from "./variables/render-tree.js"
import type { PortUse } from "./variables/scope.js"
import { jobRenderings, taskRenderer } from "./variables/task-renderer.js"
import type { TextRenderer } from "./variables/text-renderer.js"

/** A task with all that the file says of it. */
export interface DraftedTask {
  readonly task: PlacedTask
  readonly checks: readonly Check[]
  /** Of a job that minos deploys. */
  readonly release?: TaskRelease
}

export interface DraftedTasks {
  readonly tasks: readonly DraftedTask[]
  readonly findings: readonly Problem[]
  /** The ports of its own that each task names by number. */
  readonly used: PortUse
}

interface DraftOptions extends World {
  readonly input: RuleInput
  /** The file with the variables put in that are the same for all tasks. */
  readonly root: LocatedMap
  /** The file before any variable was put in. */
  readonly raw: LocatedMap
  /** Jobs in which something is wrong already. */
  readonly wrong: ReadonlySet<string>
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
    const drafts: DraftedTask[] = []
    const differs = isDifferentByTask(at)
    const renderings = jobRenderings()
    let shared: Omit<DraftedTask, "task"> | undefined
    let problems = 0
    for (const task of job.tasks) {
      if (shared === undefined || differs) {
        const made = draftTask(task, at, taskRenderer(task, known, renderings), differs, options)
        findings.push(...made.problems)
        problems += made.problems.length
        if (problems > ENOUGH || made.parts === undefined) {
          if (!differs || problems > ENOUGH) return drafts
          continue
        }
        shared = made.parts
      }
      drafts.push({ task, ...shared })
    }
    return drafts
  })
  return { tasks, findings, used }
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

interface Made {
  readonly problems: readonly Problem[]
  /** Absent when something is wrong. */
  readonly parts?: Omit<DraftedTask, "task">
}

function draftTask(
  task: PlacedTask,
  written: LocatedMap,
  render: TextRenderer,
  differs: boolean,
  { input, root: whole, wrong, lookup, files: localFiles }: DraftOptions,
): Made {
  const { name } = task.job
  if (!differs) {
    const job = input.draft.jobs?.[name]
    if (job === undefined) return { problems: [] }
    return wrong.has(name) ? refused(job as WrittenJob, whole, []) : finish(job as WrittenJob, whole)
  }
  const path = ["jobs", name]
  const rendered = renderTree(written, () => render, isVars, path)
  const root = jobAlone(whole, name, rendered.tree)
  const { findings, draft } = toJobsDraft(root)
  const own: RuleInput = { ...input, draft, root }
  const textual = [
    ...rendered.findings,
    ...strayFolders(own),
    ...controlCharacters(own),
    ...secretFindings(root, lookup(root)),
  ]
  const others = [...findings, ...TASK_RULES.flatMap(rule => rule(own))]
  const job = draft.jobs?.[name]
  if (job === undefined || textual.length + others.length > 0) {
    const at = (finding: Finding): Problem => problemAt(root, finding)
    return refused(job as WrittenJob | undefined, root, withoutEchoes(textual.map(at), others.map(at)))
  }
  return finish(job as WrittenJob, root)

  /** Says what is wrong, and what is wrong with the job's files besides. */
  function refused(job: WrittenJob | undefined, root: LocatedMap, problems: readonly Problem[]): Made {
    const files = job === undefined ? [] : localFileFindings(sourcesOf(job, root))
    return { problems: [...problems, ...files.map(finding => problemAt(root, finding))].map(ofTask) }
  }

  function sourcesOf(job: WrittenJob, root: LocatedMap): FileSources {
    return { job, name, root, render, lookup: lookup(root), files: localFiles }
  }

  function finish(job: WrittenJob, root: LocatedMap): Made {
    const checks = toChecks(job.checks)
    if (job.command === undefined) return { problems: [], parts: { checks } }
    const sources = sourcesOf(job, root)
    const files = releaseFiles(sources)
    if (files.kind === "wrong") {
      return { problems: files.findings.map(finding => ofTask(problemAt(root, finding))) }
    }
    const process = toProcess(job, (variable, value) =>
      resolveValue(value, sources.lookup, ["jobs", name, "env", variable]),
    )
    const release = { process, files: files.files, scripts: toScripts(job), data: task.job.data }
    return { problems: [], parts: { checks, release } }
  }

  /** A problem that is perhaps only one of this task says so. */
  function ofTask(problem: Problem): Problem {
    const message = withoutMarks(problem.message)
    const hint = problem.hint === undefined ? {} : { hint: withoutMarks(problem.hint) }
    return { ...problem, ...hint, message: differs ? `${message} (in ${task.name})` : message }
  }
}

/** A tree with one job in it, for checks that look at paths. */
function jobAlone(root: LocatedMap, name: string, job: LocatedMap): LocatedMap {
  const jobs = valueAt(root, ["jobs"])
  const only: LocatedMap = { ...(jobs?.kind === "map" ? jobs : root), entries: new Map([[name, job]]) }
  return { ...root, entries: new Map([["jobs", only]]) }
}
