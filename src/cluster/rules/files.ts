import { type Finding, keysAt, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import type { Partially } from "../schema.js"
import { FILE_FORMATS, FILE_KINDS, type WrittenFile } from "../schema-files.js"
import { eachJob } from "./each-job.js"
import type { Wrong } from "./wrong.js"

/** Each file says once where its content comes from, and how values are written. */
export function fileKinds(input: RuleInput): Finding[] {
  return eachJob(input, (job, path) =>
    keysAt(input.root, [...path, "files"]).flatMap((name): Finding[] => {
      const file = job.files?.[name]
      const at = [...path, "files", name]
      const wrong = file && fileKindProblem(name, file)
      if (wrong === undefined) return []
      // Any unknown key is probably the one that was meant.
      if (wrong.key === undefined && keysAt(input.root, at).some(key => !KEYS.has(key))) return []
      const where = wrong.key === undefined ? at : [...at, wrong.key]
      const message = `${pathText(at)} ${wrong.message}`
      return [{ code: "FILE_KIND", path: where, on: "key", message, hint: wrong.hint }]
    }),
  )
}

const KEYS: ReadonlySet<string> = new Set([...FILE_KINDS, "format", "mode", "owner"])

interface WrongFile extends Wrong {
  /** Which key is one too many or lacks another; absent when one is missing. */
  readonly key?: string
}

function fileKindProblem(name: string, file: Partially<WrittenFile>): WrongFile | undefined {
  const [first, second] = FILE_KINDS.filter(kind => kind in file)
  if (first === undefined) {
    return {
      message: "does not say what is in it",
      hint: `Give it one of ${FILE_KINDS.join(", ")}.`,
    }
  }
  if (second !== undefined) {
    return { key: second, message: `has both ${first} and ${second}`, hint: "Keep one of them." }
  }
  if (first === "values" && !("format" in file)) {
    const format = formatOf(name)
    const hint =
      format === undefined ? `Add format: one of ${FILE_FORMATS.join(", ")}.` : `Add format: ${format}`
    return { key: "values", message: "does not say how its values are written", hint }
  }
  if (first !== "values" && "format" in file) {
    const hint = `Remove it; ${first} is written as it is.`
    return { key: "format", message: "has a format, which only values have", hint }
  }
  return undefined
}

/** The format that the name of a file tells of. */
function formatOf(name: string): string | undefined {
  if (/(^|\/)zoo\.cfg$/.test(name)) return "zoo.cfg"
  const extension = /\.([a-z]+)$/.exec(name)?.[1] ?? ""
  return { xml: "hadoop-xml", yml: "yaml", ...Object.fromEntries(SAME_NAME) }[extension]
}

const SAME_NAME = (["properties", "yaml", "json", "ini", "env"] as const).map(name => [name, name])
