import { distance } from "fastest-levenshtein"
import { printable } from "../model/visible.js"

// Beyond this many names a search costs more than the hint is worth.
const MAX_CANDIDATES = 20_000

/** The candidate that a mistyped name most likely meant, or undefined when none is close. Case does not count. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  // Two letters exchanged count as two changes: "prot" still means "port".
  const limit = wanted.length < 4 ? 1 : Math.max(2, Math.floor(wanted.length / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  let seen = 0
  for (const candidate of candidates) {
    if (++seen > MAX_CANDIDATES) break
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue
    const d = distance(wanted, candidate.toLowerCase())
    if (d < bestDistance) {
      best = candidate
      bestDistance = d
    }
  }
  return best
}

/** `Did you mean "x"?`, or undefined when no candidate is close. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates)
  return found === undefined ? undefined : `Did you mean "${found}"?`
}

// Each search looks at all names, and nobody reads a hundred hints.
const HINTS = 100

/** Gives a hint for each unknown name: the name that was meant, else `otherwise`. */
export function hinter(names: ReadonlySet<string>, otherwise: () => string): (name: string) => string {
  let searched = 0
  let rest: string | undefined
  return name => {
    const meant = searched++ < HINTS ? didYouMean(name, names) : undefined
    if (meant !== undefined) return meant
    rest ??= otherwise()
    return rest
  }
}

/** `There is: a, b, c, and 7 more` */
export function thereIs(names: readonly string[]): string {
  return `There is: ${someOf(names)}`
}

// More than a screen line of names helps nobody.
const NAMES_SHOWN = 10

/** `a, b, c, and 7 more` */
export function someOf(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN ? `, and ${names.length - NAMES_SHOWN} more` : ""
  return `${names
    .slice(0, NAMES_SHOWN)
    .map(name => printable(name))
    .join(", ")}${more}`
}
