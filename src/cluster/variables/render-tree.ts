import { fillIn } from "../fill-in.js"
import { isTemplate } from "../is-template.js"
import type { Finding, Located, LocatedMap, Path } from "../located.js"
import { pathText } from "../located.js"
import type { Scope } from "../template/scope.js"
import { exactOffset } from "./exact-place.js"
import { OtherClusterError, VariableError } from "./variable-error.js"

/** A part of a file with its variables put in, and what is wrong with them; where something is wrong the text stays. */
export interface Rendered<T extends Located> {
  readonly tree: T
  readonly findings: readonly Finding[]
}

/** Puts the variables into keys and values. `stop` says where a part begins that is left as it is. */
export function renderTree<T extends Located>(
  at: T,
  scope: (path: Path) => Scope,
  stop: (path: Path) => boolean,
  path: Path = [],
): Rendered<T> {
  const findings: Finding[] = []
  const tree = walk(at, path) as T
  return { tree, findings }

  function walk(at: Located, path: Path): Located {
    if (stop(path)) return at
    switch (at.kind) {
      case "scalar": {
        if (typeof at.value !== "string" || !isTemplate(at.value)) return at
        const value = attempt(at.value, at, "value", path)
        return value === undefined ? at : { ...at, value, rendered: true }
      }
      case "list":
        return { ...at, items: at.items.map((item, i) => walk(item, [...path, i])) }
      case "map":
        return walkMap(at, path)
    }
  }

  function walkMap(at: LocatedMap, path: Path): LocatedMap {
    const entries = new Map<string, Located>()
    for (const [written, value] of at.entries) {
      const key = isTemplate(written)
        ? (attempt(written, value, "key", [...path, written]) ?? written)
        : written
      if (entries.has(key) && key !== written) findings.push(duplicate(path, written, key))
      else entries.set(key, walk(value, [...path, key]))
    }
    return { ...at, entries }
  }

  function attempt(text: string, at: Located, on: "key" | "value", path: Path): string | undefined {
    try {
      return renderText(text, at, on, scope(path))
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      const { code, at: place, message, hint } = error.problem
      findings.push({ code, path, on, at: place, message: `${pathText(path)}: ${message}`, hint })
      return undefined
    }
  }
}

/** A text of the file with its variables put in; `at` says where it stands. Throws VariableError. */
export function renderText(text: string, at: Located, on: "key" | "value", scope: Scope): string {
  const problem = (
    offset: number,
    said: { code: VariableError["problem"]["code"]; message: string; hint?: string | undefined },
  ) => new VariableError({ ...said, at: { from: at.from, offset: exactOffset(at, on, text, offset) } })
  const result = fillIn(text, scope)
  if (result.kind === "text") return result.text
  if (result.kind === "problem") throw problem(result.offset, result)
  if (result.error instanceof OtherClusterError) {
    throw problem(Math.max(0, text.indexOf("clusters")), result.error)
  }
  throw result.error
}

function duplicate(path: Path, written: string, key: string): Finding {
  return {
    code: "DUPLICATE_KEY",
    path: [...path, written],
    on: "key",
    message: `${pathText(path)}: the key "${written}" becomes "${key}", which is here already`,
    hint: "Remove or rename one of them.",
  }
}
