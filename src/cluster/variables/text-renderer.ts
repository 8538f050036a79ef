import { compile } from "../template/compile.js"
import { type Rendered, render } from "../template/render.js"
import type { Scope } from "../template/scope.js"

/** Puts variables into a text that holds some; never throws. */
export type TextRenderer = (text: string) => Rendered

/** Puts in the variables of one scope. */
export function rendererOf(scope: Scope): TextRenderer {
  return text => {
    const compiled = compile(text)
    return compiled.kind === "problem" ? compiled : render(compiled, scope)
  }
}
