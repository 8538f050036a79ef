import { shownLeaf } from "./leaf-text.js"
import { type Located, type LocatedMap, type Path, pathText, placeOf } from "./located.js"

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
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key): FileDifference[] => {
    const [a, b] = [old.get(key), now.get(key)]
    if (a?.value === b?.value) return []
    return [{ key, ...(a && { before: a }), ...(b && { after: b }) }]
  })
}

function valuesOf(root: LocatedMap): ReadonlyMap<string, SaidValue> {
  const values = new Map<string, SaidValue>()
  const visit = (at: Located, path: Path): void => {
    if (at.kind === "map" && at.entries.size > 0) {
      for (const [key, value] of at.entries) visit(value, [...path, key])
      return
    }
    const { file, line, col } = placeOf(root, path, "value")
    // What a file extends is told by what comes of it.
    if (path[0] === "extends") return
    values.set(pathText(path), {
      value: shownLeaf(at, path).value ?? "null",
      place: `${file}:${line}:${col}`,
    })
  }
  visit(root, [])
  return values
}
