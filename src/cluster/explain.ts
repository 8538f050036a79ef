import { shownLeaf } from "./leaf-text.js"
import { type Located, type LocatedMap, type Path, pathText, type SourceFile } from "./located.js"
import { didYouMean, thereIs } from "./nearest.js"
import { keysOf, schemaAt } from "./schema-findings.js"

/** A value of a cluster file, who says it, and what that overrides. */
export interface ExplainedValue {
  /** `jobs.web.env.PORT` */
  readonly key: string
  /** The innermost first: what counts, then what it stands in place of. */
  readonly said: readonly Said[]
}

export interface Said {
  /** As written; absent when it was taken away with null. */
  readonly value?: string
  readonly file: string
  readonly line: number
  readonly col: number
}

export type Explanation =
  | { readonly kind: "values"; readonly values: readonly ExplainedValue[] }
  /** Nobody says it; `about` is what the key means and its default, where the language knows it. */
  | { readonly kind: "unset"; readonly key: string; readonly about: string | undefined }
  | { readonly kind: "unknown"; readonly message: string; readonly hint: string }

/**
 * Who says what stands under a key, `jobs.web.env.PORT`; of a map, all that is below. Keys that hold dots are written as they
 * are: `jobs.web.files.conf/zoo.cfg.values.tickTime`.
 */
export function explainKey(root: LocatedMap, key: string): Explanation {
  const steps = walk(root, key, [])
  if (steps.kind === "found") return { kind: "values", values: leaves(steps.at, steps.path) }
  const { parent, path, rest } = steps
  const whole = [...path, ...rest.split(".")]
  const schema = schemaAt(whole)
  if (schema !== undefined) return { kind: "unset", key: pathText(whole), about: schema.description }
  const [name = ""] = rest.split(".")
  const said = parent.kind === "map" ? [...parent.entries.keys()] : []
  const known = [...said, ...keysOf(schemaAt(path)).filter(key => !said.includes(key))]
  const where = path.length === 0 ? "the file" : pathText(path)
  return {
    kind: "unknown",
    message: `${where} has no "${name}"`,
    hint: didYouMean(name, known) ?? (known.length === 0 ? "It holds no keys." : `${thereIs(known)}.`),
  }
}

type Walked =
  | { readonly kind: "found"; readonly at: Located; readonly path: Path }
  | { readonly kind: "lost"; readonly parent: Located; readonly path: Path; readonly rest: string }

function walk(at: Located, rest: string, path: Path): Walked {
  if (rest === "") return { kind: "found", at, path }
  for (const [key, value] of stepsFrom(at)) {
    const name = String(key)
    if (rest === name) return { kind: "found", at: value, path: [...path, key] }
    const after = rest.startsWith(`${name}.`)
      ? rest.slice(name.length + 1)
      : rest.startsWith(`${name}[`)
        ? rest.slice(name.length)
        : undefined
    if (after !== undefined) {
      const found = walk(value, after, [...path, key])
      // A key with a dot in it may begin like another one.
      if (found.kind === "found" || !hasLonger(at, name, rest)) return found
    }
  }
  return { kind: "lost", parent: at, path, rest }
}

function hasLonger(at: Located, name: string, rest: string): boolean {
  return stepsFrom(at).some(([key]) => String(key).length > name.length && rest.startsWith(String(key)))
}

function stepsFrom(at: Located): readonly (readonly [string | number, Located])[] {
  if (at.kind === "list") return at.items.flatMap((item, i) => [[i, item] as const])
  if (at.kind === "scalar") return []
  return [...at.entries, ...(at.removed ?? [])]
}

function leaves(at: Located, path: Path): readonly ExplainedValue[] {
  if (at.kind !== "map" || at.entries.size + (at.removed?.size ?? 0) === 0) {
    return [{ key: pathText(path) || "the file", said: chain(at, path) }]
  }
  return [...at.entries, ...(at.removed ?? [])].flatMap(([key, value]) => leaves(value, [...path, key]))
}

function chain(at: Located, path: Path): readonly Said[] {
  const own: Said = {
    ...shownLeaf(at, path),
    file: at.from.file,
    ...placeIn(at.from, at.keyOffset ?? at.offset),
  }
  return at.overrides === undefined ? [own] : [own, ...chain(at.overrides, path)]
}

function placeIn(from: SourceFile, offset: number): { readonly line: number; readonly col: number } {
  return from.position(offset)
}
