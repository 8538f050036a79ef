import type { PlacedTask } from "../place.js"
import type { Rendered } from "../template/render.js"
import { type Known, taskScope } from "./scope.js"
import { rendererOf, type TextRenderer } from "./text-renderer.js"

/**
 * Results by their texts, of those that read nothing of the task itself, filled while the tasks of one job are rendered: a list of
 * all peers is made once, not for each of them.
 */
export type JobRenderings = Map<string, Rendered>

/** Puts in the variables of one task. */
export function taskRenderer(task: PlacedTask, known: Known, same: JobRenderings): TextRenderer {
  const own = new Map<string, Rendered>()
  let readsTask = false
  const note = (): void => {
    readsTask = true
  }
  const render = rendererOf(taskScope(task, known, { note, render: see }))
  return see

  /** Renders a text once, and tells whoever reads it in a text of its own what is in it. */
  function see(text: string): Rendered {
    const shared = same.get(text)
    if (shared) return shared
    const result = own.get(text) ?? fresh(text)
    if (own.has(text)) note()
    return result
  }

  function fresh(text: string): Rendered {
    const before = readsTask
    readsTask = false
    const result = render(text)
    const kept = readsTask ? own : same
    kept.set(text, result)
    readsTask = before
    return result
  }
}
