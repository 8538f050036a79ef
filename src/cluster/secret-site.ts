import { dirname } from "node:path"
import { type Located, type LocatedMap, type Path, placeOf, valueAt } from "./located.js"

/** Where a secret is written. */
export interface Site {
  /** Absolute path of the folder of the cluster file that says it. */
  readonly folder: string
  /** `FILE:LINE:COL`, with the file as the operator named it. */
  readonly place: string
}

/** The site of a value of a tree. */
export function siteIn(root: LocatedMap, path: Path): Site {
  const { file, line, col } = placeOf(root, path, "value")
  const from = nearest(root, path).from
  return { folder: dirname(from.path), place: `${file}:${line}:${col}` }
}

function nearest(root: LocatedMap, path: Path): Located {
  return valueAt(root, path) ?? (path.length === 0 ? root : nearest(root, path.slice(0, -1)))
}
