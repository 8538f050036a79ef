import { dirname, join, resolve } from "node:path"
import { ClusterFileError } from "../cluster/problem.js"
import { readClusterFile } from "../cluster/read.js"
import { findEntry, findSection, parseConfig, type Section } from "./configobj.js"
import { textOf } from "./draft.js"
import { mergeSections } from "./merge.js"
import { configDirOf, pathFrom } from "./paths.js"

export interface ReadOptions {
  /** As the operator named it. */
  readonly file: string
  readonly cwd: string
  /** Put the bases in, and the bases of these, so that one file comes out. */
  readonly flatten: boolean
  readonly configDir?: string
}

/** A base of a base of a base is already more than anyone had. */
const MOST_BASES = 20

/** Reads a file of Minos. Throws ClusterFileError when it, or a base to put in, cannot be read or is not in the syntax. */
export async function readMinosFile({ file, cwd, flatten, configDir }: ReadOptions): Promise<Section> {
  let root = readOne(file, cwd)
  if (!flatten) return root
  let at = file
  for (let n = 0; ; n++) {
    const base = findEntry(findSection(root, "configuration"), "base")
    if (base === undefined) return root
    if (n === MOST_BASES) {
      const message = `more than ${MOST_BASES} bases, one in the other`
      throw new ClusterFileError([
        { code: "CFG_BASE", ...base.place, col: 1, message, hint: "Break the ring." },
      ])
    }
    const path = resolve(cwd, at)
    at = join(dirname(at), pathFrom(path, textOf(base), configDir ?? configDirOf(path)))
    const found = readOne(at, cwd)
    const next = findEntry(findSection(found, "configuration"), "base")
    root = withBase(mergeSections(found, root), next)
  }
}

/** The base of the base is the next one to put in. */
function withBase(root: Section, base: ReturnType<typeof findEntry>): Section {
  if (base === undefined) return root
  const sections = root.sections.map(section =>
    section.name === "configuration" ? { ...section, entries: [base, ...section.entries] } : section,
  )
  return { ...root, sections }
}

function readOne(file: string, cwd: string): Section {
  const text = readWhole(file, cwd)
  const { root, problems } = parseConfig(file, text)
  if (problems.length > 0) throw new ClusterFileError(problems)
  return root
}

function readWhole(file: string, cwd: string): string {
  try {
    return readClusterFile({ file, env: {}, cwd }).text
  } catch (error) {
    return inOurWords(error)
  }
}

// The same reasons as for a file of ours, but what helps there does not help here.
function inOurWords(error: unknown): never {
  if (!(error instanceof ClusterFileError)) throw error
  throw new ClusterFileError(
    error.problems.map(({ hint: _, ...problem }) => ({
      ...problem,
      hint: HINTS.get(problem.code) ?? WANTED,
    })),
  )
}

const WANTED = "Name a cluster file of Minos, such as zookeeper-dptst.cfg"

const HINTS: ReadonlyMap<string, string> = new Map([
  ["FILE_ENCODING", "Save it as UTF-8."],
  ["FILE_TOO_BIG", "No cluster file of Minos is that large."],
])
