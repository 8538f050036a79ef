import { type Budget, overLimit } from "./limits.js"
import { TemplateFault } from "./problem.js"
import { keysOf, readKey, type Scope } from "./scope.js"
import { refuseSealed } from "./sealed.js"
import { toPlain } from "./written-number.js"

// A scope may lead back to itself: a task has a host, whose job has tasks.
const DEEPEST = 20

/** A value as JSON, the keys in the order of the file; `indent` blanks a level, 0 for one line. */
export function jsonText(value: unknown, indent: number, budget: Budget): string {
  const break_ = indent === 0 ? () => "" : (depth: number) => `\n${" ".repeat(indent * depth)}`
  const colon = indent === 0 ? ":" : ": "

  const write = (item: unknown, depth: number): string => {
    if (!Array.isArray(item)) refuseSealed(item)
    if (depth > DEEPEST) throw overLimit(`json goes more than ${DEEPEST} levels deep`)
    const text =
      scalar(toPlain(item)) ?? (Array.isArray(item) ? list(item, depth) : map(item as Scope, depth))
    // Once a level: as often as the text is copied.
    budget.use(text.length)
    return text
  }
  const list = (items: readonly unknown[], depth: number) =>
    around(
      "[",
      items.map(item => write(item, depth + 1)),
      "]",
      depth,
    )
  const map = (item: Scope, depth: number) =>
    around(
      "{",
      keysOf(item).map(key => JSON.stringify(key) + colon + write(readKey(item, key), depth + 1)),
      "}",
      depth,
    )
  const around = (open: string, parts: readonly string[], close: string, depth: number) =>
    parts.length === 0
      ? open + close
      : open + break_(depth + 1) + parts.join(`,${break_(depth + 1)}`) + break_(depth) + close

  return write(value, 0)
}

/** undefined for a list and a map. */
function scalar(value: unknown): string | undefined {
  if (value === undefined) return "null"
  if (typeof value === "bigint") return String(value)
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TemplateFault({ code: "TEMPLATE_VALUE", message: "JSON knows no infinity and no NaN" })
  }
  return typeof value === "object" && value !== null ? undefined : JSON.stringify(value)
}
