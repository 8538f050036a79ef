import { printable } from "../model/visible.js"
import { shownLeaf } from "./leaf-text.js"
import { type Located, type LocatedMap, type Path, pathText } from "./located.js"
import { didYouMean, thereIs } from "./nearest.js"
import { schemaAt, schemaKeys } from "./schema-findings.js"

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
  const more = stepsOf(rest)
  const whole = [...path, ...more]
  const keys = schemaKeys(path)
  const schema = keys.length > 0 ? schemaAt(whole) : undefined
  if (schema !== undefined) return { kind: "unset", key: pathText(whole), about: schema.description }
  const [step = ""] = more
  const name = typeof step === "number" ? `[${step}]` : printable(step)
  const where = path.length === 0 ? "the file" : pathText(path)
  return { kind: "unknown", message: `${where} has no "${name}"`, hint: whatThereIs(parent, name, keys) }
}

function whatThereIs(parent: Located, name: string, keys: readonly string[]): string {
  if (parent.kind === "list") return `It has ${parent.items.length} items, counted from 0.`
  const there = parent.kind === "map" ? [...parent.entries.keys()] : []
  const known = there.length === 0 ? "It holds no keys." : `${thereIs(there)}.`
  return didYouMean(name, [...there, ...keys]) ?? known
}

type Walked =
  | { readonly kind: "found"; readonly at: Located; readonly path: Path }
  /** `path` leads as far as the file goes. */
  | { readonly kind: "lost"; readonly parent: Located; readonly path: Path; readonly rest: string }

/** Keys may hold dots, and begin like one another: each that fits is tried. */
function walk(at: Located, rest: string, path: Path): Walked {
  if (rest === "") return { kind: "found", at, path }
  let farthest: Walked = { kind: "lost", parent: at, path, rest }
  for (const [key, value] of stepsFrom(at)) {
    const after = restAfter(key, rest)
    if (after === undefined) continue
    const walked = walk(value, after, [...path, key])
    if (walked.kind === "found") return walked
    if (walked.path.length > farthest.path.length) farthest = walked
  }
  return farthest
}

/** What is left of a written path behind a key or an item, `[0]` or `0`; undefined when it does not begin with it. */
function restAfter(step: string | number, rest: string): string | undefined {
  const name = typeof step === "number" && rest.startsWith("[") ? `[${step}]` : String(step)
  if (!rest.startsWith(name)) return undefined
  const after = rest.slice(name.length)
  if (after === "" || after.startsWith("[")) return after
  return after.startsWith(".") ? after.slice(1) : undefined
}

function stepsOf(rest: string): Path {
  return rest.split(/\.|(?=\[)/).map(step => {
    const index = /^\[(\d{1,9})\]$/.exec(step)?.[1]
    return index === undefined ? step : Number(index)
  })
}

function stepsFrom(at: Located): readonly (readonly [string | number, Located])[] {
  if (at.kind === "list") return at.items.map((item, i) => [i, item] as const)
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
  const { file, position } = at.from
  const own: Said = { ...shownLeaf(at, path), file, ...position(at.keyOffset ?? at.offset) }
  return at.overrides === undefined ? [own] : [own, ...chain(at.overrides, path)]
}
