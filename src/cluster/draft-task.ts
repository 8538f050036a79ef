import type { TaskRelease } from "../model/cluster.js"
import type { Check } from "../model/policy.js"
import type { World } from "./check.js"
import { toJobsDraft } from "./draft.js"
import { type FileSources, localFileFindings, releaseFiles } from "./files/release-files.js"
import { withoutMarks } from "./folder-marks.js"
import { type Finding, type LocatedMap, problemAt, valueAt } from "./located.js"
import type { PlacedTask } from "./place.js"
import { toChecks } from "./policy.js"
import { type Problem, withoutEchoes } from "./problem.js"
import { toProcess, toScripts } from "./process.js"
import { strayFolders } from "./rules/folders.js"
import { controlCharacters } from "./rules/text.js"
import { type RuleInput, TASK_RULES } from "./rules.js"
import type { WrittenJob } from "./schema.js"
import { isVars } from "./secret-places.js"
import { resolveValue, secretFindings } from "./secrets.js"
import { renderTree } from "./variables/render-tree.js"
import type { TextRenderer } from "./variables/text-renderer.js"

/** A task with all that the file says of it. */
export interface DraftedTask {
  readonly task: PlacedTask
  readonly checks: readonly Check[]
  /** Of a job that minos deploys. */
  readonly release?: TaskRelease
}

/** What tasks are made from. */
export interface DraftOptions extends World {
  readonly input: RuleInput
  /** The file with the variables put in that are the same for all tasks. */
  readonly root: LocatedMap
  /** The file before any variable was put in. */
  readonly raw: LocatedMap
  /** Jobs in which something is wrong already. */
  readonly wrong: ReadonlySet<string>
}

/** A task, or what is wrong with it. */
export interface Made {
  readonly problems: readonly Problem[]
  /** Absent when something is wrong. */
  readonly parts?: Omit<DraftedTask, "task">
}

/** Puts the variables of a task into its part of the job, checks what comes out, and makes its files; without `differs` none are put in. */
export function draftTask(
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
