import { oneLine } from "../model/visible.js"
import { type Located, type LocatedScalar, type Path, plain } from "./located.js"
import { withoutArguments } from "./references.js"
import { isAgentPassword } from "./secret-places.js"

/**
 * A value as written, on one line, absent for a `null` that takes something away. A password that stands in the file itself is not
 * shown, and of a command that gives a secret only its first word.
 */
export function shownLeaf(at: Located, path: Path): { readonly value?: string } {
  if (at.kind === "scalar" && at.value === null) return {}
  return { value: oneLine(written(at, path)) }
}

/** Whether two values say the same, also where they are not shown. */
export function isSameLeaf(a: Located, b: Located): boolean {
  const exact = (at: Located): string => (at.kind === "scalar" ? at.source : "")
  const data = (at: Located): string => JSON.stringify(plain(at, text => text))
  return data(a) === data(b) && (typeof plain(a, text => text) === "string" || exact(a) === exact(b))
}

function written(at: Located, path: Path): string {
  switch (at.kind) {
    case "scalar":
      return scalarText(at, path)
    case "list":
      return `[${at.items.map((item, i) => written(item, [...path, i])).join(", ")}]`
    case "map":
      return `{${[...at.entries].map(([key, value]) => `${key}: ${written(value, [...path, key])}`).join(", ")}}`
  }
}

const REFERENCE = /^\$\{[^{}]*\}$/
const LITERAL_PASSWORD = /(\/\/[^/\s@:]*:)(?!\$\{[^{}]*\}@)[^/\s@]*@/g

function scalarText({ value, source }: LocatedScalar, path: Path): string {
  const text = typeof value === "string" ? withoutArguments(value) : source
  // Also where it stands a level too deep or too high, for what is shown here need not be right.
  const isPassword = isAgentPassword(path) || (path.at(-1) === "password" && path.includes("agent"))
  if (isPassword && !REFERENCE.test(text)) return "[secret]"
  if (typeof value === "string" && looksLikeAnother(value)) return JSON.stringify(value)
  return text.replace(LITERAL_PASSWORD, "$1[secret]@")
}

/** Whether a text would be a number, a truth value or nothing without its quotes. */
function looksLikeAnother(text: string): boolean {
  return /^(true|false|null|~)$/i.test(text) || text.trim() === "" || !Number.isNaN(Number(text))
}
