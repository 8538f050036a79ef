import type { Cluster, Host, Task } from "../model/cluster.js"
import { fold, splitList } from "../model/ranges.js"
import { printable } from "../model/visible.js"
import { matchNames } from "./name-match.js"
import { didYouMean } from "./nearest.js"

/** What the selection flags say. Each text may be a list (`a,b`), a range (`bj-[01-02]`) or a glob (`web-*`). */
export interface Selection {
  readonly region?: readonly string[] | undefined
  readonly host?: readonly string[] | undefined
  readonly job?: readonly string[] | undefined
  readonly task?: readonly string[] | undefined
}

/** A selection that names what does not exist (`NO_MATCH`), or that leaves nothing over (`EMPTY_SELECTION`). */
export class SelectionError extends Error {
  override readonly name = "SelectionError"
  readonly code: "NO_MATCH" | "EMPTY_SELECTION"

  constructor(code: "NO_MATCH" | "EMPTY_SELECTION", message: string) {
    super(message)
    this.code = code
  }
}

/**
 * The tasks that every given flag picks, in the order of `tasks`. No flag picks all.
 * Throws SelectionError with all unknown names at once, or when nothing is left.
 */
export function select(tasks: readonly Task[], selection: Selection): Task[] {
  const selected = pick(tasks, selection, [
    { flag: "region", name: task => task.host.region },
    { flag: "host", name: task => task.host.name },
    { flag: "job", name: task => task.job.name },
    { flag: "task", name: task => task.name },
  ])
  if (selected.length === 0) throw empty(selection, tasks.length, "task")
  return selected
}

/**
 * The hosts that every given flag picks, in the order of the file, whether or not a task runs there; with `job` or
 * `task`, the hosts of these tasks. Throws SelectionError as `select` does.
 */
export function selectHosts(cluster: Cluster, selection: Selection): Host[] {
  const { region, host, job, task } = selection
  const all = cluster.regions.flatMap(r => r.hosts)
  let selected = pick(all, { ...(region && { region }), ...(host && { host }) }, [
    { flag: "region", name: h => h.region },
    { flag: "host", name: h => h.name },
  ])
  if (job !== undefined || task !== undefined) {
    const tasks = select(cluster.tasks, { ...(job && { job }), ...(task && { task }) })
    const names = new Set(tasks.map(t => t.host.name))
    selected = selected.filter(h => names.has(h.name))
  }
  if (selected.length === 0) throw empty(selection, all.length, "host")
  return selected
}

interface Flag<T> {
  readonly flag: keyof Selection
  readonly name: (item: T) => string
}

function pick<T>(items: readonly T[], selection: Selection, flags: readonly Flag<T>[]): T[] {
  const given = flags.flatMap(({ flag, name }) => {
    const texts = selection[flag]
    return texts === undefined ? [] : [{ name, ...namesOf(flag, texts, items.map(name)) }]
  })
  const problems = given.flatMap(flag => flag.problems)
  if (problems.length > 0) throw new SelectionError("NO_MATCH", problems.join("\n"))
  return items.filter(item => given.every(flag => flag.names.has(flag.name(item))))
}

function namesOf(flag: string, texts: readonly string[], existing: readonly string[]) {
  const known = new Set(existing)
  const names = new Set<string>()
  const problems: string[] = []
  for (const text of texts) {
    const items = splitList(text)
    if (items.length === 0) problems.push(`--${flag} is empty. ${whatExists(flag, known)}`)
    for (const item of items) {
      const match = matchNames(item, known)
      for (const name of match.found) names.add(name)
      if (match.problem !== undefined) problems.push(`--${flag}: ${match.problem}`)
      for (const unknown of match.unknown) {
        const hint = didYouMean(unknown, known) ?? whatExists(flag, known)
        problems.push(`no ${flag} matches "${printable(unknown)}". ${hint}`)
      }
    }
  }
  return { names, problems }
}

// More than a screen line of names helps nobody.
const NAMES_SHOWN = 10

function whatExists(flag: string, known: ReadonlySet<string>): string {
  const names = fold([...known])
  if (names.length === 0) return `There is no ${flag} to choose from.`
  const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ""
  return `There is: ${names.slice(0, NAMES_SHOWN).join(", ")}${more}`
}

function empty(selection: Selection, total: number, word: "task" | "host"): SelectionError {
  const flags = Object.entries(selection)
    .filter(([, texts]) => texts !== undefined && texts.length > 0)
    .map(([flag, texts]) => `--${flag} ${texts.join(",")}`)
    .join(" ")
  const chosen = flags === "" ? "The selection" : flags
  return new SelectionError(
    "EMPTY_SELECTION",
    `${printable(chosen)} matched 0 of ${total} ${word}${total === 1 ? "" : "s"}`,
  )
}
