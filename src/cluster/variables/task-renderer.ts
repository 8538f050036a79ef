import type { PlacedTask } from "../place.js"
import type { Rendered } from "../template/render.js"
import { cutAtFolders, type Lot } from "./folder-marks.js"
import { type Known, type Reads, taskScope } from "./scope.js"
import { rendererOf, type TextRenderer } from "./text-renderer.js"

/** What the tasks of one job have in common, filled while they are rendered. */
export interface JobRenderings {
  /** Results by their texts, of those that read nothing of the task itself: a list of all peers is made once, not for each of them. */
  readonly same: Map<string, Rendered>
  /** Texts that put in names of folders, and do nothing else with them. */
  readonly plain: Set<string>
}

/** Nothing is rendered yet. */
export function jobRenderings(): JobRenderings {
  return { same: new Map(), plain: new Set() }
}

/** Puts in the variables of one task. The name of a folder may only be put in: what a filter makes of it the agent cannot make. */
export function taskRenderer(task: PlacedTask, known: Known, job: JobRenderings): TextRenderer {
  const first = withLot(0)
  let second: TextRenderer | undefined
  return text => {
    const { result, reads } = first(text)
    if (!reads.folder || result.kind !== "text" || job.plain.has(text)) return result
    // A folder goes through a template under a name drawn by lot. Under another name the same must come out.
    second ??= (
      twin => (text: string) =>
        twin(text).result
    )(withLot(1))
    const again = second(text)
    if (again.kind === "text" && isSame(result.text, again.text)) {
      job.plain.add(text)
      return result
    }
    return changedFolder(text)
  }

  function withLot(lot: Lot): (text: string) => Seen {
    const own = new Map<string, Seen>()
    let reads: Reads = NOTHING
    const note = (read: Partial<Reads>): void => {
      reads = { task: true, folder: reads.folder || (read.folder ?? false) }
    }
    const render = rendererOf(taskScope(task, known, { lot, note, render: text => see(text).result }))
    return see

    /** Renders a text once, and tells whoever reads it in a text of its own what is in it. */
    function see(text: string): Seen {
      const same = job.same.get(text)
      if (same) return { result: same, reads: NOTHING }
      const seen = own.get(text) ?? fresh(text)
      if (seen.reads.task) note(seen.reads)
      return seen
    }

    function fresh(text: string): Seen {
      const before = reads
      reads = NOTHING
      const result = render(text)
      const seen = { result, reads }
      reads = before
      if (seen.reads.task) own.set(text, seen)
      else job.same.set(text, result)
      return seen
    }
  }
}

interface Seen {
  readonly result: Rendered
  readonly reads: Reads
}

const NOTHING: Reads = { task: false, folder: false }

function isSame(a: string, b: string): boolean {
  return JSON.stringify(cutAtFolders(a)) === JSON.stringify(cutAtFolders(b))
}

function changedFolder(text: string): Rendered {
  return {
    kind: "problem",
    code: "TEMPLATE_VALUE",
    message: "this works with the name of a folder, which only the agent knows",
    hint: "Put it in as it is, such as {{ task.data }}/db.",
    offset: Math.max(0, text.search(/\{[{%]/)),
    length: 2,
  }
}
