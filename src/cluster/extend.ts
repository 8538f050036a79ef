import { dirname, isAbsolute, join, resolve } from "node:path"
import { printable } from "../model/visible.js"
import { type LocatedMap, pathText, placeOf, type SourceFile, valueAt } from "./located.js"
import { mergeOver } from "./merge.js"
import { parse } from "./parse.js"
import { ClusterFileError, type ProblemCode } from "./problem.js"
import { type FileText, readText } from "./read.js"
import { isInside } from "./root-folder.js"

/** Files that one cluster may be made of. */
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
 * ClusterFileError at the name of a file that cannot be used, or for what is wrong in one of them.
 */
export function extended(file: FileText, rootFolder: string): Extended {
  const known = new Map<string, LocatedMap>()
  const { from, root } = parse(file)
  const whole = withBases(from, root, [from.path])
  return { from, root: whole, paths: [from.path, ...known.keys()] }

  function withBases(from: SourceFile, root: LocatedMap, open: readonly string[]): LocatedMap {
    let under: LocatedMap | undefined
    for (const { name, path: at } of namedBases(root)) {
      const fail = failAt(root, at)
      const base = baseOf(name, from, open, fail)
      under = under === undefined ? base : mergeOver(under, base)
    }
    return under === undefined ? root : mergeOver(under, root)
  }

  function baseOf(name: string, from: SourceFile, open: readonly string[], fail: Fail): LocatedMap {
    const path = resolve(dirname(from.path), name)
    if (isAbsolute(name)) {
      fail("OUTSIDE_ROOT", `"${printable(name)}" is an absolute path`, `Write it relative to ${from.file}.`)
    }
    if (!isInside(rootFolder, path)) {
      const hint =
        "Put a file .minos-root into the folder that holds all your cluster files, or set MINOS_ROOT to it."
      fail("OUTSIDE_ROOT", `"${printable(name)}" is outside the root folder ${rootFolder}`, hint)
    }
    if (open.includes(path)) fail("EXTENDS_CYCLE", `"${printable(name)}" extends what extends it`)
    const before = known.get(path)
    if (before) return before
    if (known.size >= MAX_FILES) fail("EXTENDS_CYCLE", `more than ${MAX_FILES} files are extended`)
    const { from: own, root } = parse(readBase(name, path, from, fail))
    const whole = withBases(own, root, [...open, path])
    known.set(path, whole)
    return whole
  }
}

function readBase(name: string, path: string, from: SourceFile, fail: Fail): FileText {
  const file = join(dirname(from.file), name)
  try {
    return readText(file, path)
  } catch (error) {
    if (!(error instanceof ClusterFileError)) throw error
    const problem = error.problems[0]
    return fail(
      problem?.code ?? "FILE_NOT_READABLE",
      `"${printable(name)}": ${problem?.message ?? "it cannot be read"}`,
      `It is looked for at ${printable(file)}.`,
    )
  }
}

interface NamedBase {
  readonly name: string
  readonly path: readonly (string | number)[]
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

type Fail = (code: ProblemCode, message: string, hint?: string) => never

function failAt(root: LocatedMap, path: readonly (string | number)[]): Fail {
  return (code, message, hint) => {
    throw new ClusterFileError([
      {
        code,
        ...placeOf(root, path, "value"),
        message: `${pathText(path)}: ${message}`,
        ...(hint !== undefined && { hint }),
      },
    ])
  }
}
