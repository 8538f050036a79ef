import { LiquidError, type PropertyAccessToken } from "liquidjs"
import { printable } from "../../model/visible.js"
import { MissingName, type ScopeContext } from "./context.js"
import { overLimit } from "./limits.js"
import { GetterFault, type Place, placeOf, type Spot, TemplateFault } from "./problem.js"
import { unknownName } from "./unknown-name.js"

/** What was thrown during a rendering, as a fault with a place; `token` is the piece of the template that was at work. */
export function faultOf(error: unknown, token: Spot, context: ScopeContext): TemplateFault | GetterFault {
  const { cause, token: nearer } = unwrap(error, token)
  if (cause instanceof GetterFault) return cause
  if (cause instanceof MissingName) return unknownName(cause, nearer as PropertyAccessToken, context.names())
  return withPlace(cause, placeOf(nearer))
}

/** Any error but a missing name or a getter's, as a fault; the place counts when the error has none of its own. */
export function withPlace(cause: unknown, place: Place): TemplateFault {
  if (cause instanceof TemplateFault)
    return cause.place === undefined ? new TemplateFault(cause.finding, place) : cause
  // The stack and the longest text of JavaScript: what the limits do not catch.
  if (cause instanceof RangeError) return new TemplateFault(overLimit("it goes too deep").finding, place)
  const words = printable(cause instanceof Error ? cause.message : String(cause))
  return new TemplateFault({ code: "TEMPLATE_VALUE", message: `this cannot be worked out: ${words}` }, place)
}

/** The first error below those of the library, and the innermost token that they name. */
export function unwrap(error: unknown, token: Spot): { readonly cause: unknown; readonly token: Spot } {
  if (!LiquidError.is(error)) return { cause: error, token }
  const { originalError, token: nearer } = error as unknown as {
    readonly originalError?: unknown
    readonly token: Spot
  }
  return originalError === undefined ? { cause: error, token: nearer } : unwrap(originalError, nearer)
}
