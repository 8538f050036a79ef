import { printable } from "../../model/visible.js"
import { isTemplate } from "../is-template.js"
import { RESERVED_KEYS } from "../locate.js"
import type { Finding, Located, LocatedMap, Path, SourceFile } from "../located.js"
import { pathText } from "../located.js"
import type { SingleValue } from "../template/context.js"
import { WrittenNumber } from "../template/written-number.js"
import { exactOffset } from "./exact-place.js"
import type { TextRenderer } from "./text-renderer.js"
import { OtherClusterError, VariableError } from "./variable-error.js"

/** A part of a file with its variables put in, and what is wrong with them; where something is wrong the text stays. */
export interface Rendered<T extends Located> {
  readonly tree: T
  readonly findings: readonly Finding[]
}

/** Puts the variables into keys and values. `stop` says where a part begins that is left as it is. */
export function renderTree<T extends Located>(
  at: T,
  renderer: (path: Path) => TextRenderer,
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
        if (value === undefined) return at
        return {
          ...at,
          value: String(value),
          rendered: value instanceof WrittenNumber ? value.valueOf() : value,
        }
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
      const key = renderedKey(written, value, path)
      const wrong = entries.has(key)
        ? isThere(written, key)
        : RESERVED_KEYS.has(key)
          ? reserved(key)
          : undefined
      if (wrong === undefined) entries.set(key, walk(value, [...path, key]))
      else findings.push({ ...wrong, path: [...path, written], on: "key", at: keyPlace(value) })
    }
    return { ...at, entries }
  }

  function renderedKey(written: string, value: Located, path: Path): string {
    // What a job is called must be known before its variables are.
    if (!isTemplate(written) || (path.length === 1 && path[0] === "jobs")) return written
    return String(attempt(written, value, "key", [...path, written]) ?? written)
  }

  function attempt(text: string, at: Located, on: "key" | "value", path: Path): SingleValue | undefined {
    try {
      return renderText(text, at, on, renderer(path))
    } catch (error) {
      if (!(error instanceof VariableError)) throw error
      const { code, at: place, message, hint } = error.problem
      findings.push({ code, path, on, at: place, message: `${pathText(path)}: ${message}`, hint })
      return undefined
    }
  }
}

/** A text of the file with its variables put in, but a single variable that is a number or a boolean stays one; `at` says where it stands. Throws VariableError. */
export function renderText(
  text: string,
  at: Located,
  on: "key" | "value",
  render: TextRenderer,
): SingleValue {
  const problem = (
    offset: number,
    said: { code: VariableError["problem"]["code"]; message: string; hint?: string | undefined },
  ) => new VariableError({ ...said, at: { from: at.from, offset: exactOffset(at, on, text, offset) } })
  const result = render(text)
  if (result.kind === "text") return result.value
  if (result.kind === "problem") throw problem(result.offset, result)
  if (result.error instanceof OtherClusterError) {
    const { code, message, hint } = result.error
    throw problem(Math.max(0, text.indexOf("clusters")), { code, message, hint })
  }
  throw result.error
}

type Wrong = Pick<Finding, "code" | "message" | "hint">

function isThere(written: string, key: string): Wrong {
  const becomes = written === key ? "" : `, which "${printable(written)}" becomes,`
  return {
    code: "DUPLICATE_KEY",
    message: `the key "${printable(key)}"${becomes} is here already`,
    hint: "Remove or rename one of them.",
  }
}

function reserved(key: string): Wrong {
  return { code: "RESERVED_KEY", message: `"${key}" cannot be used as a key`, hint: "Choose another name." }
}

function keyPlace({ from, keyOffset, offset }: Located): {
  readonly from: SourceFile
  readonly offset: number
} {
  return { from, offset: keyOffset ?? offset }
}
