import { fillIn } from "../fill-in.js"
import type { Rendered } from "../template/render.js"
import type { Scope } from "../template/scope.js"

/** Puts variables into a text that holds some. */
export type TextRenderer = (text: string) => Rendered

/** Puts in the variables of one scope. */
export function rendererOf(scope: Scope): TextRenderer {
  return text => fillIn(text, scope)
}
