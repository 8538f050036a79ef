import type { FilterImplOptions, Token } from "liquidjs"
import type { ScopeContext } from "./context.js"
import { withPlace } from "./fault-of.js"
import type { FilterRow, Wanted } from "./filters.js"
import type { Budget } from "./limits.js"
import { GetterFault, type Place, placeOf, TemplateFault } from "./problem.js"
import { keysOf, type Scope } from "./scope.js"
import { refuseSealed } from "./sealed.js"
import { KIND_WORDS, kindOf, printed } from "./value-kind.js"
import { toPlain, WrittenNumber } from "./written-number.js"

/**
 * The filter as the library calls it: values of a wrong kind are faults (the library makes something of everything), the work is
 * counted, and whatever goes wrong has the place of the filter or of the argument that is wrong.
 */
export function guardFilter(name: string, row: FilterRow): FilterImplOptions {
  return function (value: unknown, ...args: unknown[]) {
    const context = this.context as ScopeContext
    context.budget.step()
    const place: Place = { offset: this.token.begin, length: name.length }
    try {
      const input = fitted(value, row.takes, `${name} stands after`)
      if (row.whole !== true && kindOf(input) === "text") refuseSealed(input)
      count(input, context.budget)
      const fitting = args.map((arg, index) => {
        const wanted = row.args[index]
        // A pair of a name and a value, as in `allow_false: true`.
        if (wanted === undefined) return arg
        return at(argumentPlace(this.token.args[index], place), () => {
          const argument = fitted(arg, [wanted], `${name} takes`)
          if (row.whole !== true && kindOf(argument) === "text") refuseSealed(argument)
          return argument
        })
      })
      for (const arg of fitting) count(arg, context.budget)
      const result = row.apply.call({ context }, input as never, ...(fitting as never[]))
      if (typeof result !== "number" || Number.isFinite(result)) return result
      throw new TemplateFault({ code: "TEMPLATE_VALUE", message: `${name} gives no number here` })
    } catch (error) {
      if (error instanceof GetterFault) throw error
      const named = error instanceof TemplateFault && error.finding.code === "UNKNOWN_VARIABLE"
      throw withPlace(error, named ? argumentPlace(this.token.args[0], place) : place)
    }
  }
}

function fitted(value: unknown, wanted: readonly Wanted[], who: string): unknown {
  const isWritten = value instanceof WrittenNumber
  const plain = toPlain(value)
  for (const kind of wanted) {
    const fitting = as(kind === "text" && isWritten ? value : plain, kind)
    if (fitting !== undefined) return fitting
  }
  if (wanted.includes("any")) return isWritten ? value : plain
  const words = wanted.map(kind => (kind === "any" ? "" : KIND_WORDS[kind])).join(" or ")
  throw new TemplateFault({
    code: "TEMPLATE_VALUE",
    message: `${who} ${words}, not ${KIND_WORDS[kindOf(plain)]}`,
  })
}

function as(value: unknown, kind: Wanted): unknown {
  if (kind === "text") return printed(value)
  if (kind === "number") return numberOf(value)
  return kindOf(value) === kind ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof number === "number" && Number.isFinite(number) ? number : undefined
}

// Sorting and grouping take longer for an item than copying for a letter.
const ITEM = 10

function count(value: unknown, budget: Budget): void {
  const kind = kindOf(value)
  if (kind === "text") budget.use((value as string).length)
  if (kind === "list") budget.use(ITEM * (value as readonly unknown[]).length)
  if (kind === "map") budget.use(ITEM * keysOf(value as Scope).length)
}

function at<T>(place: Place, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw withPlace(error, place)
  }
}

function argumentPlace(arg: unknown, otherwise: Place): Place {
  const token = Array.isArray(arg) ? arg[1] : arg
  return token === undefined ? otherwise : placeOf(token as Token)
}
