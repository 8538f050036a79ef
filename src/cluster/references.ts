import { split } from "shlex"
import { printable } from "../model/visible.js"

/** What a reference may look up: a variable, a file, what a command prints. */
export type Scheme = "env" | "file" | "cmd"

/** A text cut into what stands as it is and what is looked up. */
export type TextPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "reference"; readonly scheme: Scheme; readonly name: string }
  | { readonly kind: "bad"; readonly message: string; readonly hint: string }

/**
 * `values`: a value of the cluster file, where any other `${` is a mistake. `files`: the content of a file, where `${...}` means
 * something to whoever reads that file, and only the three schemes are ours.
 */
export type ReferenceMode = "values" | "files"

/**
 * Reads `${env:NAME}`, `${file:PATH}` and `${cmd:COMMAND}`. A `}` ends a reference; in a command one that closes a `{` of its own
 * does not. `$${` is a literal `${`, in `files` only before one of the schemes; there all else stays as it is.
 */
export function parseReferences(text: string, mode: ReferenceMode = "values"): TextPart[] {
  // A file may be a megabyte, and most hold none.
  if (text !== "" && !text.includes("${")) return [{ kind: "literal", text }]
  const parts: TextPart[] = []
  const opening = OPENING[mode]
  let rest = text
  while (rest !== "") {
    const open = rest.search(opening)
    if (open === -1) {
      parts.push({ kind: "literal", text: rest })
      break
    }
    if (rest[open - 1] === "$") {
      parts.push({ kind: "literal", text: `${rest.slice(0, open - 1)}\${` })
      rest = rest.slice(open + 2)
      continue
    }
    if (open > 0) parts.push({ kind: "literal", text: rest.slice(0, open) })
    const close = closing(rest, open)
    // In a file a brace lines further down is another's.
    if (close === -1 || (mode === "files" && rest.slice(open, close).includes("\n"))) {
      parts.push(bad("a ${ is opened and not closed"))
      break
    }
    parts.push(parseReference(rest.slice(open + 2, close)))
    rest = rest.slice(close + 1)
  }
  return parts
}

// Programs write ${env:NAME:-default} into their own files, which is no name of a variable.
const OPENING: Readonly<Record<ReferenceMode, RegExp>> = {
  values: /\$\{/,
  files: /\$\{(?:file:|cmd:|env:[A-Za-z_][A-Za-z0-9_]*\})/,
}

/** Where the reference that opens at `open` ends, or -1. */
function closing(text: string, open: number): number {
  if (!text.startsWith("cmd:", open + 2)) return text.indexOf("}", open)
  let depth = 0
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "{") depth++
    else if (text[at] === "}" && --depth === 0) return at
  }
  return -1
}

function parseReference(inner: string): TextPart {
  const colon = inner.indexOf(":")
  const scheme = colon === -1 ? inner : inner.slice(0, colon)
  const name = colon === -1 ? "" : inner.slice(colon + 1)
  if (colon === -1 || (scheme !== "env" && scheme !== "file" && scheme !== "cmd"))
    return bad(`${printable(`\${${inner}}`)} is not known here`)
  if (name.trim() === "") return bad(`${printable(`\${${inner}}`)} names nothing`)
  if (scheme === "cmd" && !words(name)[0])
    return bad("the command of a ${cmd:...} has no first word, or a quote in it is not closed")
  return { kind: "reference", scheme, name }
}

function bad(message: string): TextPart {
  const hint = "Write ${env:NAME}, ${file:PATH} or ${cmd:COMMAND}, or $${ for a literal ${."
  return { kind: "bad", message, hint }
}

/** A command split as a shell would, without one; empty when a quote is not closed. */
export function words(command: string): readonly string[] {
  try {
    return split(command)
  } catch {
    return []
  }
}

/** A reference by the name that is safe to show: of a command its first word only, for its arguments may hold a secret. */
export function referenceName({ scheme, name }: { readonly scheme: Scheme; readonly name: string }): string {
  return printable(`${scheme}:${scheme === "cmd" ? (words(name)[0] ?? "") : name}`)
}

/** A text as written, but of each command its first word only. */
export function withoutArguments(text: string): string {
  const open = text.indexOf("${cmd:")
  if (open === -1) return text
  const close = closing(text, open)
  const command = text.slice(open + "${cmd:".length, close === -1 ? undefined : close)
  const [program = "", ...args] = words(command)
  const shown = `\${cmd:${program}${args.length > 0 || program === "" ? " ..." : ""}}`
  return text.slice(0, open) + shown + (close === -1 ? "" : withoutArguments(text.slice(close + 1)))
}

/** The text with each `$${` turned into `${`; what else looks like a reference stays as it is. */
export function unescape(text: string): string {
  return text.replaceAll("$${", "${")
}
