import { fold, RangeSyntaxError, unfold } from "../model/ranges.js"
import { isGlob, matchesGlob } from "./glob.js"

/** What a pattern picked out of a list of names. */
export interface NameMatch {
  readonly found: readonly string[]
  /** Named by the pattern but not in the list, folded: `bj-[05-09]`. Empty for a glob. */
  readonly unknown: readonly string[]
  /** Set when the pattern itself is wrong. */
  readonly problem?: string
}

/** Matches a name, a range (`bj-[01-03]`) or a glob (`web-*`) against names. A range and a glob do not mix. */
export function matchNames(pattern: string, names: ReadonlySet<string>): NameMatch {
  if (names.has(pattern)) return { found: [pattern], unknown: [] }
  if (isGlob(pattern)) {
    const found = [...names].filter(name => matchesGlob(pattern, name))
    return { found, unknown: found.length === 0 ? [pattern] : [] }
  }
  try {
    const wanted = unfold(pattern)
    const unknown = fold(wanted.filter(name => !names.has(name)))
    return { found: wanted.filter(name => names.has(name)), unknown }
  } catch (error) {
    if (error instanceof RangeSyntaxError) return { found: [], unknown: [], problem: error.message }
    throw error
  }
}
