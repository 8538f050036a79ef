import { oneLine, printable } from "../model/visible.js"
import type { Problem, ProblemCode } from "./problem.js"

/** Where a value stands in the file: `["regions", "beijing", "hosts", "bj-01"]`. */
export type Path = readonly (string | number)[]

/** One value of the file with its place: what the YAML parser found, before anything is checked or filled in. */
export type Located = LocatedMap | LocatedList | LocatedScalar

/** A file of the cluster: the one that was named, or one that it extends. */
export interface SourceFile {
  /** As the operator named it, or would. */
  readonly file: string
  /** Absolute path. */
  readonly path: string
  readonly text: string
  readonly position: (offset: number) => { readonly line: number; readonly col: number }
}

interface Place {
  /** The file that says it. */
  readonly from: SourceFile
  /** Offset of the value in the text of that file. */
  readonly offset: number
  /** Offset of its key, when it has one. */
  readonly keyOffset?: number
  /** What a file that this one extends says in its place. */
  readonly overrides?: Located
}

export interface LocatedMap extends Place {
  readonly kind: "map"
  /** In the order of the file; a plain object would move keys that look like numbers to the front. */
  readonly entries: ReadonlyMap<string, Located>
  /** Keys that a base has and that were taken away with `null`: each as the `null`, which says what it overrides. */
  readonly removed?: ReadonlyMap<string, LocatedScalar>
  /** It stands in place of something else than a map, so it is not merged with what lies further below. */
  readonly isWhole?: true
}

export interface LocatedList extends Place {
  readonly kind: "list"
  readonly items: readonly Located[]
}

export interface LocatedScalar extends Place {
  readonly kind: "scalar"
  readonly value: string | number | boolean | null
  /** As written: `1.10` where the value is 1.1. */
  readonly source: string
  /** What variables made of it, when they were put in: of their own kind, while `value` is the text of it. */
  readonly rendered?: string | number | boolean
}

/** A parsed file. */
export interface Source {
  readonly from: SourceFile
  readonly root: LocatedMap
}

/** The value at a path, or undefined when the file has none there. */
export function valueAt(root: Located, path: Path): Located | undefined {
  let at: Located | undefined = root
  for (const step of path) {
    if (at?.kind === "map") at = at.entries.get(String(step))
    else if (at?.kind === "list" && typeof step === "number") at = at.items[step]
    else return undefined
  }
  return at
}

/** The keys of the map at a path in the order of the file; none when there is no map. */
export function keysAt(root: Located, path: Path): string[] {
  const at = valueAt(root, path)
  return at?.kind === "map" ? [...at.entries.keys()] : []
}

/** What a check found; it becomes a `Problem` once its place is looked up. */
export interface Finding {
  readonly code: ProblemCode
  readonly path: Path
  /** Whether the key or the value at the path is wrong; the value when not said. */
  readonly on?: "key" | "value"
  /** Where exactly, when that is known better than by the path. */
  readonly at?: { readonly from: SourceFile; readonly offset: number }
  readonly message: string
  readonly hint?: string | undefined
}

/** A finding with its file, line and column; what does not stand in a file is placed at the nearest thing above it. */
export function problemAt(root: Located, { code, path, on, at, message, hint }: Finding): Problem {
  return {
    code,
    ...(at ? { file: at.from.file, ...at.from.position(at.offset) } : placeOf(root, path, on ?? "value")),
    message: oneLine(message),
    ...(hint !== undefined && { hint: oneLine(hint) }),
  }
}

/** Where a key or a value stands; what is not there, at the nearest thing above it. */
export function placeOf(
  root: Located,
  path: Path,
  on: "key" | "value",
): { readonly file: string; readonly line: number; readonly col: number } {
  const { from, offset } = nearestPlace(root, path, on)
  return { file: from.file, ...from.position(offset) }
}

function nearestPlace(root: Located, path: Path, on: "key" | "value"): Place {
  for (let length = path.length; length > 0; length--) {
    const at = valueAt(root, path.slice(0, length))
    if (at === undefined) continue
    const wantsKey = on === "key" || length < path.length
    return { from: at.from, offset: wantsKey ? (at.keyOffset ?? at.offset) : at.offset }
  }
  return root
}

/** A path for people: `regions.beijing.hosts.bj-01`, `jobs.web.hosts[0]`. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${printable(step)}`))
    .join("")
}

/** Plain data of the kind that `JSON.parse` gives; `text` may change each string. */
export function plain(at: Located, text: (value: string, path: Path) => string, path: Path = []): unknown {
  switch (at.kind) {
    case "scalar":
      return typeof at.value === "string" ? text(at.value, path) : at.value
    case "list":
      return at.items.map((item, i) => plain(item, text, [...path, i]))
    case "map":
      return Object.fromEntries([...at.entries].map(([key, v]) => [key, plain(v, text, [...path, key])]))
  }
}

/** Calls `visit` for each scalar below, in the order of the file. */
export function eachScalar(
  at: Located,
  visit: (scalar: LocatedScalar, path: Path) => void,
  path: Path = [],
): void {
  if (at.kind === "scalar") visit(at, path)
  else if (at.kind === "list") at.items.forEach((item, i) => void eachScalar(item, visit, [...path, i]))
  else for (const [key, value] of at.entries) eachScalar(value, visit, [...path, key])
}
