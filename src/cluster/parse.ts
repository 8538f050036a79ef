import { Composer, type Document, isCollection, isScalar, visit, type YAMLParseError } from "yaml"
import { printable } from "../model/visible.js"
import { linePositions } from "./line-positions.js"
import { locate } from "./locate.js"
import type { LocatedMap, Source } from "./located.js"
import { ClusterFileError, type Problem, type ProblemCode } from "./problem.js"
import type { FileText } from "./read.js"
import { syntaxWords } from "./syntax-words.js"
import { MAX_DEPTH, tokenize } from "./tokens.js"

/** The text of a cluster file as a tree with places. Throws ClusterFileError with what is wrong as YAML. */
export function parse({ file, path, text }: FileText): Source {
  const position = linePositions(text)
  const from = { file, path, text, position }
  const problem: MakeProblem = (code, offset, message, hint) => {
    return { code, file, ...position(offset), message, ...(hint !== undefined && { hint }) }
  }
  const fail: Fail = (...args) => {
    throw new ClusterFileError([problem(...args)])
  }
  checkCharacters(text, fail)
  const document = onlyDocument(compose(text, fail), text, fail)
  const { root, problems } = locate(document, from, problem)
  if (problems.length > 0) throw new ClusterFileError(problems)
  return { from, root: root.kind === "map" ? root : notAMap(root.kind, root.offset, fail) }
}

type MakeProblem = (code: ProblemCode, offset: number, message: string, hint?: string) => Problem
type Fail = (code: ProblemCode, offset: number, message: string, hint?: string) => never

// Tab, line feed and carriage return are the only control characters that YAML text may hold as they are.
const RAW_CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/

function checkCharacters(text: string, fail: Fail): void {
  const control = text.search(RAW_CONTROL)
  if (control !== -1) {
    const character = printable(text.charAt(control))
    fail("CONTROL_CHARACTER", control, `the file holds the control character ${character}`, "Remove it.")
  }
  const lone = text.search(/\r(?!\n)/)
  if (lone !== -1) {
    const message = "a line ends with a carriage return alone"
    fail("FILE_ENCODING", lone, message, "Save the file with LF line ends.")
  }
}

function compose(text: string, fail: Fail): Document.Parsed[] {
  const cut = tokenize(text)
  if (cut.kind === "too-deep") {
    const message = `the file nests deeper than ${MAX_DEPTH} levels`
    return fail("YAML_DEPTH", cut.offset, message, "A cluster file needs fewer than ten.")
  }
  if (cut.kind === "too-many") {
    const message = "the file holds more keys and values than minos reads from one file"
    return fail("FILE_TOO_BIG", cut.offset, message, "Use ranges such as web-[01-20], or several files.")
  }
  // The parser's own check of unique keys compares all pairs: 7 s for 20,000 keys. `locate` does it with a Map.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false })
  const documents = [...composer.compose(cut.tokens, false, text.length)] as Document.Parsed[]
  // Later syntax errors are mostly echoes of the first one.
  const [document, error] = firstError(documents)
  if (error === undefined) return documents
  const [offset] = error.pos
  if (error.code === "TAB_AS_INDENT") {
    return fail("YAML_TAB", offset, "a tab is used for indentation", "Use spaces.")
  }
  const { message, hint } = syntaxWords(error.code, error.message, lineAt(text, offset))
  const unclosed = /^Missing closing|^Flow/.test(error.message) ? openedAt(document, offset) : undefined
  return fail("YAML_SYNTAX", unclosed ?? offset, message, hint)
}

function firstError(
  documents: readonly Document.Parsed[],
): [Document.Parsed, YAMLParseError] | [undefined, undefined] {
  for (const document of documents) {
    const error = document.errors[0]
    if (error !== undefined) return [document, error]
  }
  return [undefined, undefined]
}

// Where the quote or bracket stands that the parser still holds open at `offset`: the line to look at, while the
// parser names the one where it gave up.
function openedAt(document: Document.Parsed, offset: number): number | undefined {
  let opened: number | undefined
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

function onlyDocument(documents: readonly Document.Parsed[], text: string, fail: Fail): Document.Parsed {
  const [document, second] = documents
  if (second !== undefined) {
    const offset = second.contents?.range[0] ?? second.range[0]
    const hint = "Keep one cluster in one file: remove the --- line."
    return fail("YAML_DOCUMENTS", offset, "a second document starts here", hint)
  }
  if (document === undefined || isBlank(document)) {
    const what = text.trim() === "" ? "the file is empty" : "the file holds nothing but comments"
    return fail("YAML_EMPTY", 0, what, "It must start with: service: NAME")
  }
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== "1.2") {
    const message = "the %YAML line asks for another version of YAML"
    return fail("YAML_DIRECTIVE", 0, message, "Remove the line.")
  }
  return document
}

function isBlank(document: Document.Parsed): boolean {
  const { contents } = document
  return contents === null || ("value" in contents && contents.value === null && contents.source === "")
}

function notAMap(kind: "list" | "scalar", offset: number, fail: Fail): LocatedMap {
  const got = kind === "list" ? "a list" : "a single value"
  const message = `the file holds ${got}, not keys with values`
  return fail("YAML_NOT_A_MAP", offset, message, "It must start with: service: NAME")
}
