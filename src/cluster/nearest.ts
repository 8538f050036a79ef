import { distance } from "fastest-levenshtein"

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
