import { type Path, problemAt, type Source } from "./located.js"

/** Where a secret is written. */
export interface Site {
  /** Absolute path of the folder of the cluster file that says it. */
  readonly folder: string
  /** `FILE:LINE:COL`, with the file as the operator named it. */
  readonly place: string
}

/** Finds the site of each value of a cluster file that lies in `folder`. */
export function sitesIn(source: Source, folder: string): (path: Path) => Site {
  return path => {
    const { file, line, col } = problemAt(source, { code: "SECRET_MISSING", path, message: "" })
    return { folder, place: `${file}:${line}:${col}` }
  }
}
