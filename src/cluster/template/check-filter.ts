import { printable } from "../../model/visible.js"
import { nearest, someOf } from "../nearest.js"
import { FILTERS, type FilterRow, type FilterToken, LEFT_OUT_FILTERS } from "./filters.js"
import { type Finding, TemplateFault } from "./problem.js"

/** Throws a TemplateFault when there is no such filter, or when it takes more or fewer arguments. */
export function checkFilter({ name, args, begin }: FilterToken): void {
  const row = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined
  const words = row === undefined ? unknownWords(name) : countWords(name, row, args)
  if (words === undefined) return
  throw new TemplateFault({ code: "TEMPLATE_SYNTAX", ...words }, { offset: begin, length: name.length })
}

function unknownWords(name: string): Omit<Finding, "code"> {
  const message = `there is no filter ${printable(name)}`
  if (Object.hasOwn(LEFT_OUT_FILTERS, name)) return { message, hint: LEFT_OUT_FILTERS[name] }
  const meant = nearest(name, Object.keys(FILTERS))
  if (meant !== undefined) return { message, hint: `Did you mean ${meant}?` }
  return { message, hint: `There is: ${someOf(Object.keys(FILTERS).toSorted())}` }
}

function countWords(
  name: string,
  row: FilterRow,
  args: FilterToken["args"],
): Omit<Finding, "code"> | undefined {
  // A name and its value: `allow_false: true`.
  const named = args.flatMap(arg => (Array.isArray(arg) ? [String(arg[0])] : []))
  const strange = named.find(key => !(row.named ?? []).includes(key))
  if (strange !== undefined) return { message: `${name} takes no ${printable(strange)}:` }
  const given = args.length - named.length
  const { least, args: most } = row
  if (given >= least && given <= most.length) return undefined
  const count = least === most.length ? `${least}` : `${least} to ${most.length}`
  const values = count === "1" ? "value" : "values"
  return {
    message:
      count === "0"
        ? `${name} takes nothing after a colon`
        : `${name} takes ${count} ${values} after a colon, not ${given}`,
  }
}
