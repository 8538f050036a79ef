import { type Document, isCollection, isScalar, LineCounter, parseAllDocuments, visit } from "yaml"
import { locate } from "./locate.js"
import type { Source } from "./located.js"
import { MAX_DEPTH, tooDeepAt } from "./nesting.js"
import { printable } from "./printable.js"
import { ClusterFileError, type Problem, type ProblemCode } from "./problem.js"
import { syntaxWords } from "./syntax-words.js"

/** The text of a cluster file as a tree with places. Throws ClusterFileError with what is wrong as YAML. */
export function parse(file: string, text: string): Source {
  const fail = (code: ProblemCode, offset: number, message: string, hint?: string): never => {
    const problem: Problem = {
      code,
      file,
      ...placeOf(text, offset),
      message,
      ...(hint !== undefined && { hint }),
    }
    throw new ClusterFileError([problem])
  }
  checkText(text, fail)

  const lines = new LineCounter()
  // The parser's own check of unique keys compares all pairs: 7 s for 20,000 keys. `locate` does it with a Map.
  const found = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false, lineCounter: lines })
  const documents: readonly Document.Parsed[] = "empty" in found ? [] : found
  const document = documents[0]
  // Later syntax errors are mostly echoes of the first one.
  const error = documents.flatMap(d => d.errors)[0]
  if (error !== undefined) {
    const { code, message, pos } = error
    if (code === "TAB_AS_INDENT")
      return fail("YAML_TAB", pos[0], "a tab is used for indentation", "Use spaces.")
    const words = syntaxWords(code, message, lineAt(text, pos[0]))
    const unclosed = /^Missing closing|^Flow/.test(message) ? openedAt(document, pos[0]) : undefined
    return fail("YAML_SYNTAX", unclosed ?? pos[0], words.message, words.hint)
  }
  if (document === undefined || isBlank(document)) {
    const what = text.trim() === "" ? "the file is empty" : "the file holds nothing but comments"
    return fail("YAML_EMPTY", 0, what, "It must start with: service: NAME")
  }
  const second = documents[1]
  if (second !== undefined) {
    const offset = second.contents?.range[0] ?? second.range[0]
    return fail(
      "YAML_DOCUMENTS",
      offset,
      "a second document starts here",
      "Keep one cluster in one file: remove the --- line.",
    )
  }
  if (document.directives.yaml.explicit && document.directives.yaml.version !== "1.2") {
    return fail("YAML_DIRECTIVE", 0, "the %YAML line asks for another version of YAML", "Remove the line.")
  }

  const place = (offset: number) => lines.linePos(offset)
  const { root, problems } = locate(document, (code, offset, message, hint) => {
    const { line, col } = place(offset)
    return { code, file, line, col, message, ...(hint !== undefined && { hint }) }
  })
  if (problems.length > 0) throw new ClusterFileError(problems)
  if (root?.kind !== "map") {
    const got = root?.kind === "list" ? "a list" : "a single value"
    return fail(
      "YAML_NOT_A_MAP",
      root?.offset ?? 0,
      `the file holds ${got}, not keys with values`,
      "It must start with: service: NAME",
    )
  }
  return { file, root, position: offset => pick(place(offset)) }
}

type Fail = (code: ProblemCode, offset: number, message: string, hint?: string) => never

// Tab, line feed and carriage return are the only control characters that YAML text may hold as they are.
const RAW_CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/

// What must be known before the parser sees the text, because the parser says it badly or not at all.
function checkText(text: string, fail: Fail): void {
  const control = text.search(RAW_CONTROL)
  if (control !== -1) {
    const character = printable(text.charAt(control))
    fail("CONTROL_CHARACTER", control, `the file holds the control character ${character}`, "Remove it.")
  }
  const lone = text.search(/\r(?!\n)/)
  if (lone !== -1) {
    fail(
      "FILE_ENCODING",
      lone,
      "a line ends with a carriage return alone",
      "Save the file with LF line ends.",
    )
  }
  const deep = tooDeepAt(text)
  if (deep !== undefined) {
    fail(
      "YAML_DEPTH",
      deep,
      `the file nests deeper than ${MAX_DEPTH} levels`,
      "A cluster file needs fewer than ten.",
    )
  }
}

function isBlank(document: Document.Parsed): boolean {
  const { contents } = document
  return contents === null || ("value" in contents && contents.value === null && contents.source === "")
}

// Where the quote or bracket stands that the parser still holds open at `offset`: the line to look at, while the
// parser names the one where it gave up.
function openedAt(document: Document.Parsed | undefined, offset: number): number | undefined {
  let opened: number | undefined
  if (document === undefined) return undefined
  visit(document, {
    Node: (_, node) => {
      const open = isScalar(node) ? node.type?.startsWith("QUOTE") : isCollection(node) && node.flow
      if (open && node.range?.[1] === offset) opened = node.range[0]
    },
  })
  return opened
}

// A window of the line, so that what looks at it stays quick on a line of a mebibyte.
function lineAt(text: string, offset: number): string {
  const before = text.slice(Math.max(0, offset - 200), offset)
  const after = text.slice(offset, offset + 200)
  return before.slice(before.lastIndexOf("\n") + 1) + after.split("\n", 1)[0]
}

function placeOf(text: string, offset: number): { line: number; col: number } {
  const before = text.slice(0, offset)
  return { line: before.split("\n").length, col: offset - before.lastIndexOf("\n") }
}

function pick({ line, col }: { line: number; col: number }): { line: number; col: number } {
  return { line, col }
}
