import { type Context, type Emitter, Liquid, type Template } from "liquidjs"
import type { ScopeContext } from "./context.js"
import { faultOf } from "./fault-of.js"
import { FILTERS } from "./filters.js"
import { guardFilter } from "./guard-filter.js"
import { newOutput } from "./limits.js"
import { OPERATORS } from "./operators.js"
import { TAGS } from "./tags.js"

/** The library with the tags, filters and limits of this folder, and nothing else of its own. */
export const engine = newEngine()

function newEngine(): Liquid {
  const liquid = new Liquid({
    strictVariables: true,
    // Unknown filters are found after the parse, where their place is known (check-filter.ts).
    strictFilters: false,
    ownPropertyOnly: true,
    lenientIf: true,
    operators: OPERATORS,
    // Names of files would be looked up here; no tag that is left asks for one.
    templates: {},
    // Asking the machine for its own takes 5 ms, and nothing uses it.
    locale: "en-US",
  })
  for (const name of Object.keys(liquid.tags)) delete liquid.tags[name]
  for (const [name, tag] of Object.entries(TAGS)) liquid.registerTag(name, tag)
  for (const name of Object.keys(liquid.filters)) delete liquid.filters[name]
  for (const [name, row] of Object.entries(FILTERS)) liquid.registerFilter(name, guardFilter(name, row))
  liquid.renderer.renderTemplates = renderNodes
  return liquid
}

// In place of the library's own, which looks at the clock, has no limit to its output and makes errors of a line and a column.
function* renderNodes(
  nodes: Template[],
  context: Context,
  emitter?: Emitter,
): Generator<unknown, string, unknown> {
  const rendering = context as ScopeContext
  const output = emitter ?? newOutput()
  rendering.budget.step()
  for (const node of nodes) {
    rendering.budget.step()
    try {
      const text = yield node.render(context, output)
      if (typeof text === "string") output.write(text)
    } catch (error) {
      throw faultOf(error, node.token, rendering)
    }
    if (context.breakCalled || context.continueCalled) break
  }
  return output.buffer
}
