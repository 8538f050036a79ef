import { isSameLeaf, shownLeaf } from "./leaf-text.js"
import { type Located, type LocatedMap, type Path, pathText } from "./located.js"

/** A value that two cluster files do not have in common. */
export interface FileDifference {
  readonly key: string
  readonly before?: SaidValue
  readonly after?: SaidValue
}

export interface SaidValue {
  readonly value: string
  /** `FILE:LINE:COL` */
  readonly place: string
}

/** What differs between two cluster files, each with all that it extends, in the order of the first, then of the second. */
export function fileDifferences(before: LocatedMap, after: LocatedMap): readonly FileDifference[] {
  const [old, now] = [valuesOf(before), valuesOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((id): FileDifference[] => {
    const [a, b] = [old.get(id), now.get(id)]
    if (a && b && isSameLeaf(a.at, b.at)) return []
    const key = pathText((a ?? b)?.path ?? [])
    return [{ key, ...(a && { before: said(a) }), ...(b && { after: said(b) }) }]
  })
}

interface Leaf {
  readonly at: Located
  readonly path: Path
}

/** All values of a file that hold no others, by their paths. */
function valuesOf(root: LocatedMap): ReadonlyMap<string, Leaf> {
  const values = new Map<string, Leaf>()
  const visit = (at: Located, path: Path): void => {
    // What a file extends is told by what comes of it.
    if (path[0] === "extends") return
    if (at.kind !== "map" || at.entries.size === 0) values.set(JSON.stringify(path), { at, path })
    else for (const [key, value] of at.entries) visit(value, [...path, key])
  }
  visit(root, [])
  return values
}

function said({ at, path }: Leaf): SaidValue {
  const { line, col } = at.from.position(at.offset)
  return { value: shownLeaf(at, path).value ?? "null", place: `${at.from.file}:${line}:${col}` }
}
