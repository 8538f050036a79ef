import { printable } from "../model/visible.js"

/** A text cut into what stands as it is and what is looked up. */
export type TextPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "reference"; readonly scheme: "env" | "file"; readonly name: string }
  | { readonly kind: "bad"; readonly message: string; readonly hint: string }

/** Reads `${env:NAME}` and `${file:PATH}`; `$${` is a literal `${`. */
export function parseReferences(text: string): TextPart[] {
  const parts: TextPart[] = []
  let rest = text
  while (rest !== "") {
    const open = rest.indexOf("${")
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
    const close = rest.indexOf("}", open)
    if (close === -1) {
      parts.push(bad("a ${ is opened and not closed"))
      break
    }
    parts.push(parseReference(rest.slice(open + 2, close)))
    rest = rest.slice(close + 1)
  }
  return parts
}

function parseReference(inner: string): TextPart {
  const colon = inner.indexOf(":")
  const scheme = colon === -1 ? inner : inner.slice(0, colon)
  const name = colon === -1 ? "" : inner.slice(colon + 1)
  const shown = printable(`\${${inner}}`)
  if (colon === -1 || (scheme !== "env" && scheme !== "file")) return bad(`${shown} is not known here`)
  if (name.trim() === "") return bad(`${shown} names nothing`)
  return { kind: "reference", scheme, name }
}

function bad(message: string): TextPart {
  const hint = "Write ${env:NAME} or ${file:PATH}, or $${ for a literal ${."
  return { kind: "bad", message, hint }
}

/** The text with each `$${` turned into `${`; what else looks like a reference stays as it is. */
export function unescape(text: string): string {
  return text.replaceAll("$${", "${")
}
