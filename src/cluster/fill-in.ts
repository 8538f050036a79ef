import { isTemplate } from "./is-template.js"
import type { Located } from "./located.js"
import type { compile } from "./template/compile.js"
import type { Rendered, render } from "./template/render.js"
import type { Scope } from "./template/scope.js"

/**
 * Makes `fillIn` ready where a file holds variables, or names a template. Most files do neither, and the library that understands
 * them would be half of their time.
 */
export async function readyToFillIn(root: Located): Promise<void> {
  if (mayNeed(root)) await loadFillIn()
}

/** Makes `fillIn` ready. */
export async function loadFillIn(): Promise<void> {
  if (library !== undefined) return
  const [{ compile }, { render }] = await Promise.all([
    import("./template/compile.js"),
    import("./template/render.js"),
  ])
  library = { compile, render }
}

/** A text with the variables of `scope` put in, or what is wrong with it. Throws for a file that was not made ready before. */
export function fillIn(text: string, scope: Scope): Rendered {
  if (library === undefined) throw new Error("a template is filled in that nobody has expected")
  const compiled = library.compile(text)
  return compiled.kind === "problem" ? compiled : library.render(compiled, scope)
}

let library: { readonly compile: typeof compile; readonly render: typeof render } | undefined

function mayNeed(at: Located): boolean {
  if (at.kind === "scalar") return typeof at.value === "string" && isTemplate(at.value)
  if (at.kind === "list") return at.items.some(mayNeed)
  return [...at.entries].some(([key, value]) => key === "template" || isTemplate(key) || mayNeed(value))
}
