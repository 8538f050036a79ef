import { type Context, type Emitter, type Liquid, Output, type Token, Tokenizer } from "liquidjs"
import { printable } from "../../model/visible.js"
import { checkWhole } from "./check-tags.js"
import type { ScopeContext, SingleValue } from "./context.js"
import { placeOf, type Spot, TemplateFault } from "./problem.js"
import { keysOf, type Scope } from "./scope.js"
import { kindOf, printed } from "./value-kind.js"
import { toPlain, WrittenNumber } from "./written-number.js"

type OutputToken = ConstructorParameters<typeof Output>[0]

/** `{{ ... }}`, which puts out a text, a number or a boolean; the library's own writes `[object Object]` for the rest. */
export class OutputNode extends Output {
  private readonly spot: Spot

  constructor(token: OutputToken, liquid: Liquid) {
    super(token, liquid)
    const [begin, end] = token.contentRange
    this.spot = { begin, end }
    const tokenizer = new Tokenizer(token.input, liquid.options.operators, undefined, token.contentRange)
    tokenizer.readFilteredValue()
    checkWhole(tokenizer)
  }

  override *render(context: Context, emitter: Emitter): IterableIterator<unknown> {
    const given = yield this.value.value(context, false)
    const value = given instanceof WrittenNumber ? given : toPlain(given)
    const text = printed(value)
    if (text === undefined)
      throw new TemplateFault(notText(value, this.written()), placeOf(this.spot))
      // A cast, because the library makes the context: it is ours, for `render` gave it.
    ;(context as ScopeContext).lastOutput = value as SingleValue
    emitter.write(text)
  }

  private written(): string {
    const { input } = this.token as Token
    return input.slice(this.spot.begin, this.spot.end)
  }
}

function notText(value: unknown, written: string): TemplateFault["finding"] {
  const shown = printable(written)
  switch (kindOf(value)) {
    case "map": {
      const [first] = keysOf(value as Scope)
      const part =
        first === undefined || /[^\w-]|^\d/.test(first) ? "" : `one value of it, as in ${shown}.${first}, or `
      const hint = written.includes("|") ? "Add | json." : `Write ${part}${shown} | json.`
      return { code: "TEMPLATE_VALUE", message: `${shown} is a map, not a text`, hint }
    }
    case "list":
      return {
        code: "TEMPLATE_VALUE",
        message: `${shown} is a list, not a text`,
        hint: `Write ${shown} | join: ",", or ${shown} | json.`,
      }
    default:
      return {
        code: "TEMPLATE_VALUE",
        message: `${shown} is nothing, not a text`,
        hint: 'Give it a value, or add | default: "...".',
      }
  }
}
