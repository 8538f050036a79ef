import { printable } from "../../model/visible.js"
import { type Finding, keysAt, type Path, pathText } from "../located.js"
import { hinter, nearest, someOf, thereIs } from "../nearest.js"
import type { RuleInput } from "../rules.js"

const PATH = ["rollout", "waves"]

/** Each region stands in one wave, by its name or in `*`. */
export function waves({ draft, root, place }: RuleInput): Finding[] {
  const written = draft.rollout?.waves
  if (written === undefined) return []
  const regions = keysAt(root, ["regions"])
  const known = new Set(regions)
  const hintFor = hinter(known, () => thereIs(regions))
  const first = new Map<string, Path>()
  const unknown: string[] = []
  const findings = written.flatMap((wave, w) =>
    (wave ?? []).flatMap((name, i): Finding[] => {
      if (name === undefined) return []
      const path = [...PATH, w, i]
      const other = first.get(name)
      first.set(name, other ?? path)
      if (other !== undefined) {
        const message = `${pathText(path)}: ${quoted(name)} is in the waves twice, first at ${place(other, "value")}`
        return [{ code: "WAVES", path, message, hint: "Remove one of them." }]
      }
      if (name === "*" || known.has(name)) return []
      unknown.push(name)
      const message = `${pathText(path)}: no region is named "${printable(name)}"`
      return [{ code: "UNKNOWN_REGION", path, message, hint: hintFor(name) }]
    }),
  )
  const complete = written.every(wave => wave?.every(name => name !== undefined))
  if (!complete || first.has("*")) return findings
  // "shanghia" is unknown and "shanghai" is left out: that is one mistake.
  const meant = new Set(unknown.slice(0, 100).map(name => nearest(name, known)))
  const left = regions.filter(region => !first.has(region) && !meant.has(region))
  return left.length === 0 ? findings : [...findings, leftOut(left)]
}

function leftOut(regions: readonly string[]): Finding {
  const message = `${pathText(PATH)}: no wave has ${regions.length === 1 ? "the region" : "the regions"} ${someOf(regions)}`
  return { code: "WAVES", path: PATH, on: "key", message, hint: 'Add ["*"] for all that are left.' }
}

function quoted(name: string): string {
  return name === "*" ? '"*"' : `the region ${printable(name)}`
}
