import type { Observation } from "../observation.js"

const STEPS = 8
const FILES = 20

/**
 * Agents that have more and more files open: of each, the first and the last look while it was the same process, at
 * least eight steps apart. It is about a whole lab, and not about one step as the other invariants are.
 */
export function growth(steps: readonly Pick<Observation, "hosts">[]): readonly string[] {
  const names = [...new Set(steps.flatMap(({ hosts }) => hosts.map(({ host }) => host)))]
  return names.flatMap(name => {
    const looks = steps.flatMap(({ hosts }) =>
      hosts.filter(({ host }) => host === name).map(({ agent }) => agent),
    )
    const last = looks.at(-1)
    const same = looks.filter(({ pid }) => pid === last?.pid && pid > 0)
    const grown = (last?.files ?? 0) - (same[0]?.files ?? 0)
    if (same.length < STEPS || grown < FILES) return []
    return [`the agent of ${name} has ${last?.files} files open, ${same[0]?.files} at first`]
  })
}
