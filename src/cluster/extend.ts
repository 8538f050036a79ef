import { dirname, isAbsolute, join, resolve } from "node:path"
import { printable } from "../model/visible.js"
import { isTemplate } from "./is-template.js"
import {
  type LocatedMap,
  type Path,
  pathText,
  placeOf,
  type Source,
  type SourceFile,
  valueAt,
} from "./located.js"
import { mergeOver } from "./merge.js"
import { parse } from "./parse.js"
import { ClusterFileError, type Problem, type ProblemCode } from "./problem.js"
import { type FileText, readRegular } from "./read.js"
import { isInside, realPath } from "./root-folder.js"

/** Files that one cluster may extend. */
const MAX_FILES = 100

/** A cluster file with all that it extends laid under it. */
export interface Extended {
  readonly from: SourceFile
  readonly root: LocatedMap
  /** Absolute paths of all files that it is made of, itself first. */
  readonly paths: readonly string[]
}

/**
 * Reads what a file extends, and what that extends, and lays the file over it. Each file is read once. Throws
 * ClusterFileError with every file that cannot be used, at its name, and what is wrong as YAML in those that can be read.
 */
export function extended(file: FileText, rootFolder: string): Extended {
  // By real paths, for a link is another name of a file that may be open already; undefined where something is wrong in it.
  const known = new Map<string, Base>()
  const problems: Problem[] = []
  const { from, root } = parse(file)
  const whole = withBases(from, root, [from])
  if (problems.length > 0) throw new ClusterFileError(problems)
  return { from, root: whole, paths: [from.path, ...[...known.values()].map(({ path }) => path)] }

  function withBases(from: SourceFile, root: LocatedMap, open: readonly SourceFile[]): LocatedMap {
    const bases = namedBases(root).flatMap(({ name, path: at }) => {
      const found = baseOf(name, from, open)
      if (!("code" in found)) return found.whole ?? []
      const { code, message, hint } = found
      problems.push({
        code,
        ...placeOf(root, at, "value"),
        message: `${pathText(at)}: "${printable(name)}" ${message}`,
        ...(hint !== undefined && { hint }),
      })
      return []
    })
    return [...bases, root].reduce(mergeOver)
  }

  function baseOf(name: string, from: SourceFile, open: readonly SourceFile[]): Base | Refused {
    const refused = wrongName(name, from, rootFolder)
    if (refused) return refused
    const path = resolve(dirname(from.path), name)
    const real = realPath(path)
    const first = open.findIndex(file => realPath(file.path) === real)
    if (first !== -1) {
      const ring = [...open.slice(first), open[first]].map(file => printable(file?.file ?? ""))
      return { code: "EXTENDS_CYCLE", message: `extends what extends it: ${ring.join(" -> ")}` }
    }
    const before = known.get(real)
    if (before) return before
    if (known.size >= MAX_FILES) {
      return {
        code: "TOO_MANY_FILES",
        message: `is one file more than the ${MAX_FILES} that may be extended`,
      }
    }
    known.set(real, { path })
    const found = readBase(name, path, from)
    if ("code" in found) return found
    const own = parsed(found)
    const base = { path, ...(own && { whole: withBases(own.from, own.root, [...open, own.from]) }) }
    known.set(real, base)
    return base
  }

  function parsed(file: FileText): Source | undefined {
    try {
      return parse(file)
    } catch (error) {
      if (!(error instanceof ClusterFileError)) throw error
      problems.push(...error.problems)
      return undefined
    }
  }
}

interface Base {
  readonly path: string
  /** With its own bases laid under it; absent when something is wrong in it, which is said already. */
  readonly whole?: LocatedMap
}

interface Refused {
  readonly code: ProblemCode
  /** What follows the name. */
  readonly message: string
  readonly hint?: string
}

function wrongName(name: string, from: SourceFile, rootFolder: string): Refused | undefined {
  if (isTemplate(name)) {
    const hint = "What a file extends is read before anything else, so write the path out."
    return { code: "BAD_VALUE", message: "holds variables, which cannot stand here", hint }
  }
  if (isAbsolute(name)) {
    return {
      code: "OUTSIDE_ROOT",
      message: "is an absolute path",
      hint: `Write it relative to ${printable(from.file)}.`,
    }
  }
  if (isInside(rootFolder, resolve(dirname(from.path), name))) return undefined
  const hint =
    "Put a file .minos-root into the folder that holds all your cluster files, or set MINOS_ROOT to it."
  return { code: "OUTSIDE_ROOT", message: `is outside the root folder ${printable(rootFolder)}`, hint }
}

function readBase(name: string, path: string, from: SourceFile): FileText | Refused {
  const file = join(dirname(from.file), name)
  try {
    return readRegular(file, path)
  } catch (error) {
    if (!(error instanceof ClusterFileError)) throw error
    const { code = "FILE_NOT_READABLE", message = "it cannot be read" } = error.problems[0] ?? {}
    return { code, message: `cannot be used: ${message}`, hint: `It is looked for at ${printable(file)}` }
  }
}

interface NamedBase {
  readonly name: string
  readonly path: Path
}

/** What stands under `extends`; what is not a text there, the schema refuses. */
function namedBases(root: LocatedMap): readonly NamedBase[] {
  const at = valueAt(root, ["extends"])
  const items = at?.kind === "list" ? at.items : at === undefined ? [] : [at]
  return items.flatMap((item, i): NamedBase[] => {
    if (item.kind !== "scalar" || typeof item.value !== "string" || item.value === "") return []
    return [{ name: item.value, path: at?.kind === "list" ? ["extends", i] : ["extends"] }]
  })
}
