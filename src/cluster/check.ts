import { toDraft } from "./draft.js"
import { type UnfoldedHost, unfoldHosts } from "./hosts.js"
import { type Finding, plain, problemAt, type Source } from "./located.js"
import { ClusterFileError, type Problem } from "./problem.js"
import { unescape } from "./references.js"
import { controlCharacters } from "./rules/text.js"
import { RULES } from "./rules.js"
import type { WrittenCluster } from "./schema.js"
import type { Lookup } from "./secret-lookup.js"
import { mayRefer } from "./secret-places.js"
import { secretFindings } from "./secrets.js"

/** Checks all of a parsed file. Throws ClusterFileError with every problem of schema, rules and secrets at once. */
export function check(
  source: Source,
  lookup: Lookup,
): { readonly written: WrittenCluster; readonly hosts: readonly UnfoldedHost[] } {
  const { root } = source
  const data = plain(root, (text, path) => (mayRefer(path) ? text : unescape(text)))
  const { findings, draft, written } = toDraft(data, root)
  const hosts = unfoldHosts(draft, root)
  const place = (path: Finding["path"], on: "key" | "value") => {
    const { line, col } = problemAt(source, { code: "BAD_VALUE", path, on, message: "" })
    return `${line}:${col}`
  }
  const input = { draft, root, hosts, place }
  const textual = [...controlCharacters(input), ...secretFindings(root, lookup)].map(f =>
    problemAt(source, f),
  )
  const others = [...findings, ...RULES.flatMap(rule => rule(input))].map(f => problemAt(source, f))
  const problems = [...textual, ...withoutEchoes(others, textual)]
  if (problems.length > 0 || written === undefined) throw new ClusterFileError(problems)
  return { written, hosts: hosts.hosts }
}

// A value with a line break in it is no good name either; the first of the two says what to do.
function withoutEchoes(problems: readonly Problem[], textual: readonly Problem[]): Problem[] {
  const places = new Set(textual.map(({ line, col }) => `${line}:${col}`))
  return problems.filter(({ line, col }) => !places.has(`${line}:${col}`))
}
