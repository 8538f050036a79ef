import { toDraft } from "./draft.js"
import type { DraftedTask } from "./draft-task.js"
import type { Extended } from "./extend.js"
import type { LocalFiles } from "./files/local-file.js"
import { type UnfoldedHost, unfoldHosts } from "./hosts.js"
import { type Finding, type LocatedMap, placeOf, problemAt, valueAt } from "./located.js"
import { type PlacedJob, placeJobs } from "./place.js"
import { ClusterFileError, type Problem, placeText, withoutEchoes } from "./problem.js"
import { portClashes } from "./rules/port-clashes.js"
import { controlCharacters } from "./rules/text.js"
import { RULES, type RuleInput } from "./rules.js"
import type { WrittenCluster } from "./schema.js"
import type { Lookup } from "./secret-lookup.js"
import { secretFindings } from "./secrets.js"
import { draftTasks } from "./tasks.js"
import { renderOuter } from "./variables/outer.js"
import type { KnownCluster } from "./variables/views.js"

/** What a check needs of the world around the file. */
export interface World {
  /** Looks up the secrets of a tree. */
  readonly lookup: (root: LocatedMap) => Lookup
  /** Another cluster by `service/cluster`. Throws OtherClusterError. */
  readonly other: (name: string) => KnownCluster
  readonly files: LocalFiles
}

/** A file that every check found right. */
export interface Checked {
  /** With the variables put in that are the same for all tasks. */
  readonly root: LocatedMap
  /** Its values that differ from task to task are missing, and in `tasks` instead. */
  readonly written: WrittenCluster
  readonly hosts: readonly UnfoldedHost[]
  readonly jobs: readonly PlacedJob[]
  readonly tasks: readonly DraftedTask[]
}

/**
 * Checks all of a file, what it extends laid under it. Throws ClusterFileError with every problem of variables, schema, rules,
 * secrets and generated files at once.
 */
export function check({ root: raw, from }: Extended, world: World): Checked {
  const outer = renderOuter(raw)
  const root = outer.tree
  const { findings: schema, draft } = toDraft(root)
  const hosts = unfoldHosts(draft, root)
  const input: RuleInput = { draft, root, hosts, place: placesIn(root, from.file) }
  const textual = [
    ...outer.findings,
    ...controlCharacters(input),
    ...secretFindings(root, world.lookup(root)),
  ]
  const others = [...schema, ...RULES.flatMap(rule => rule(input))]
  const jobs = placeJobs(draft, root, hosts.hosts)
  const found = [...textual, ...others]
  const placed = found.some(finding => isAboutPlaces(finding, root)) ? [] : jobs
  const drafted = draftTasks(placed, { input, root, raw, wrong: new Set(found.flatMap(jobOf)), ...world })
  const clashes = portClashes(placed, drafted.used, input)
  const at = (finding: Finding): Problem => problemAt(root, finding)
  const whole = withoutEchoes(textual.map(at), [...others, ...clashes].map(at))
  const problems = onceEach(whole, drafted.findings)
  if (problems.length > 0) throw new ClusterFileError(problems)
  // Nothing is missing where nothing was found, but what each task has for itself.
  return { root, written: draft as WrittenCluster, hosts: hosts.hosts, jobs, tasks: drafted.tasks }
}

/** `LINE:COL` of a key or a value, with the file in front when it is another than the one that was named. */
function placesIn(root: LocatedMap, named: string): RuleInput["place"] {
  return (path, on) => {
    const { file, line, col } = placeOf(root, path, on)
    return file === named ? `${line}:${col}` : `${file}:${line}:${col}`
  }
}

type Step = string | number | undefined

/** What variables name by itself: one of another kind still has a text. */
const NAMING: ReadonlySet<Step> = new Set(["service", "cluster", "package"])
const PLACING: ReadonlySet<Step> = new Set(["regions", "extends", "clusters"])
const PLACING_IN_JOB: ReadonlySet<Step> = new Set([
  "hosts",
  "instances",
  "basePort",
  "portStep",
  "ports",
  "data",
])

/** What a variable refers to may be missing because of it: a variable would be called unknown that is there. */
function isAboutPlaces({ path, code }: Finding, root: LocatedMap): boolean {
  const [top, , key] = path
  if (code === "TOO_MANY_TASKS" || path.length === 0) return true
  if (NAMING.has(top)) return code === "UNKNOWN_KEY" || valueAt(root, path)?.kind !== "scalar"
  if (top !== "jobs") return PLACING.has(top)
  return path.length < 3 ? code !== "JOB_KIND" && code !== "BAD_NAME" : PLACING_IN_JOB.has(key)
}

function jobOf({ path }: Finding): readonly string[] {
  return path[0] === "jobs" && path.length > 1 ? [String(path[1])] : []
}

/** The same problem in a hundred tasks is one problem, and none where it was found before any task was looked at. */
function onceEach(whole: readonly Problem[], inTasks: readonly Problem[]): readonly Problem[] {
  const kind = (problem: Problem): string => `${placeText(problem)} ${problem.code}`
  const once = firstOfEach(whole, problem => `${kind(problem)} ${problem.message}`)
  const known = new Set(once.map(kind))
  return [...once, ...firstOfEach(inTasks, kind).filter(problem => !known.has(kind(problem)))]
}

function firstOfEach(problems: readonly Problem[], key: (problem: Problem) => string): readonly Problem[] {
  const first = new Map<string, Problem>()
  for (const problem of problems) if (!first.has(key(problem))) first.set(key(problem), problem)
  return [...first.values()]
}
