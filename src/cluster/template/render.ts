import { Output, toValueSync } from "liquidjs"
import type { Compiled } from "./compile.js"
import { ScopeContext, type SingleValue } from "./context.js"
import { engine } from "./engine.js"
import { faultOf } from "./fault-of.js"
import { LIMITS, newBudget, newOutput, tooMuchText } from "./limits.js"
import { GetterFault, type TemplateProblem } from "./problem.js"
import type { Scope } from "./scope.js"

/** What came out. `thrown`: a getter of the scope threw this, and it is handed back as it is. */
export type Rendered =
  | {
      readonly kind: "text"
      readonly text: string
      /** The text, but of a template that is a single `{{ ... }}` the number or boolean that it put out. */
      readonly value: SingleValue
    }
  | { readonly kind: "thrown"; readonly error: unknown }
  | TemplateProblem

/** The text with the variables of `scope` put in. Reads nothing but `scope`, never throws, and gives the same each time. */
export function render(compiled: Compiled, scope: Scope): Rendered {
  const context = new ScopeContext(scope, engine, newBudget())
  const whole = { begin: 0, end: compiled.text.length }
  try {
    const output = newOutput()
    toValueSync(engine.renderer.renderTemplates([...compiled.nodes], context, output) as never)
    if (Buffer.byteLength(output.buffer) > LIMITS.output) throw tooMuchText()
    const isSingle = compiled.nodes.length === 1 && compiled.nodes[0] instanceof Output
    return { kind: "text", text: output.buffer, value: isSingle ? context.lastOutput : output.buffer }
  } catch (error) {
    const fault = faultOf(error, whole, context)
    if (fault instanceof GetterFault) return { kind: "thrown", error: fault.thrown }
    const { finding, place = { offset: 0, length: whole.end } } = fault
    return { kind: "problem", ...finding, ...place }
  }
}
