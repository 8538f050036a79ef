import type { FileContent, ReleaseFile } from "../../model/release.js"
import type { Text } from "../../model/text.js"
import { printable } from "../../model/visible.js"
import { fillIn } from "../fill-in.js"
import { formatFile } from "../formats/format-file.js"
import { type Finding, type LocatedMap, type Path, pathText, valueAt } from "../located.js"
import type { WrittenJob } from "../schema.js"
import type { WrittenFile } from "../schema-files.js"
import type { Lookup } from "../secret-lookup.js"
import { referenceFindings, resolveValue } from "../secrets.js"
import type { Scope } from "../template/scope.js"
import { withFolders } from "../variables/texts.js"
import { VariableError } from "../variables/variable-error.js"
import { fileValues } from "./file-values.js"
import type { LocalFiles, Unusable } from "./local-file.js"

/** What a task's files are made of. */
export interface FileSources {
  /** The job with the variables of the task put in. */
  readonly job: WrittenJob
  readonly name: string
  /** The tree that the job stands in. */
  readonly root: LocatedMap
  readonly scope: Scope
  readonly lookup: Lookup
  readonly files: LocalFiles
}

/** The files of a release, sorted by path, or all that is wrong with them. */
export type ReleaseFiles =
  | { readonly kind: "made"; readonly files: readonly ReleaseFile[] }
  | { readonly kind: "wrong"; readonly findings: readonly Finding[] }

const DEFAULT_MODE = "0644"

/** Makes the files that a release of one task brings beside its package. */
export function releaseFiles(sources: FileSources): ReleaseFiles {
  const findings: Finding[] = []
  const files = Object.entries(sources.job.files ?? {}).flatMap(([path, written]): ReleaseFile[] => {
    const content = contentOf(written, ["jobs", sources.name, "files", path], sources)
    if (Array.isArray(content)) {
      findings.push(...content)
      return []
    }
    const { mode = DEFAULT_MODE, owner } = written
    return [{ path, mode: Number.parseInt(mode, 8), ...(owner !== undefined && { owner }), content }]
  })
  if (findings.length > 0) return { kind: "wrong", findings }
  return { kind: "made", files: files.sort((a, b) => (a.path < b.path ? -1 : 1)) }
}

type Content = FileContent | Finding[]

function contentOf(written: WrittenFile, at: Path, sources: FileSources): Content {
  const { source, template, text, values, format } = written
  if (source !== undefined) return fromSource(source, [...at, "source"], sources)
  if (template !== undefined) return fromTemplate(template, [...at, "template"], sources)
  if (text !== undefined) return { kind: "text", text: closed(text, [...at, "text"], sources) }
  if (values === undefined || format === undefined)
    throw new Error("a file is made that was not checked before")
  return fromValues(format, [...at, "values"], sources)
}

function fromSource(name: string, at: Path, { root, files }: FileSources): Content {
  const from = valueAt(root, at)?.from ?? root.from
  const found = files.blob(name, from)
  if ("kind" in found) return unusable(name, at, found)
  return { kind: "blob", sha256: found.sha256, size: found.size }
}

function fromTemplate(name: string, at: Path, { root, files, scope, lookup }: FileSources): Content {
  const from = valueAt(root, at)?.from ?? root.from
  const found = files.text(name, from)
  if ("kind" in found) return unusable(name, at, found)
  const result = fillIn(found.text, scope)
  switch (result.kind) {
    case "text": {
      const wrong = referenceFindings(result.text, lookup, at)
      if (wrong.length > 0) return wrong
      return { kind: "text", text: withFolders(resolveValue(result.text, lookup, at)) }
    }
    case "problem":
      return [{ ...result, path: at, at: { from: found, offset: result.offset } }]
    case "thrown": {
      if (!(result.error instanceof VariableError)) {
        const { message, hint } = result.error as Error & { readonly hint?: string }
        return [{ code: "UNKNOWN_CLUSTER", path: at, message: `${pathText(at)}: ${message}`, hint }]
      }
      const { problem } = result.error
      return [{ ...problem, path: at }]
    }
  }
}

function fromValues(format: NonNullable<WrittenFile["format"]>, at: Path, sources: FileSources): Content {
  const tree = valueAt(sources.root, at)
  if (tree?.kind !== "map") throw new Error("values are written that were not checked before")
  const made = formatFile(
    format,
    fileValues(tree, format, (text, path) => closed(text, path, sources), at),
  )
  if (made.kind === "text") return { kind: "text", text: made.text }
  return made.findings.map(({ path, message, hint }) => {
    const where = [...at, ...path]
    return { code: "FILE_CONTENT", path: where, message: `${pathText(where)}: ${message}`, hint }
  })
}

/** A text of the file with its secrets and folders as pieces; its references were checked with the rest of the file. */
function closed(text: string, path: Path, { lookup }: FileSources): Text {
  return withFolders(resolveValue(text, lookup, path))
}

function unusable(name: string, path: Path, { message, hint }: Unusable): Finding[] {
  return [
    { code: "FILE_NOT_READABLE", path, message: `${pathText(path)}: "${printable(name)}" ${message}`, hint },
  ]
}
