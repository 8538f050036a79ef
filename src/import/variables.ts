import { printable } from "../model/visible.js"
import type { Meaning, Remark } from "./meaning.js"
import { inRunFolder } from "./run-folder.js"
import type { Scope } from "./scope.js"
import { meaningOf } from "./variable-rules.js"

/** What one text became, and what is to be said about it. */
export interface Converted {
  readonly text: string
  readonly remarks: readonly Remark[]
  /** Names below `vars` that the text now needs. */
  readonly vars: readonly string[]
  /** Services whose clusters the text now needs. */
  readonly services: readonly string[]
}

/** A text of Minos with its `%{...}`, and the `${...}` of its first versions, as `{{ ... }}`. */
export function convertText(text: string, scope: Scope): Converted {
  const found: Meaning[] = []
  let out = ""
  let from = 0
  for (const match of text.matchAll(/([%$])\{([^{}]+)\}/g)) {
    const [whole, mark = "", name = ""] = match
    const meaning = meaningOf(name, scope) ?? (mark === "%" ? unknown(whole) : undefined)
    // ${...} of a shell or of Java, which Minos left as it was.
    if (meaning === undefined) continue
    found.push(meaning)
    out += literal(text.slice(from, match.index)) + (meaning.text ?? literal(whole))
    from = match.index + whole.length
  }
  return {
    text: inRunFolder(out + literal(text.slice(from)), scope.files),
    remarks: found.flatMap(({ remark }) => (remark === undefined ? [] : [remark])),
    vars: found.flatMap(meaning => meaning.vars ?? []),
    services: found.flatMap(meaning => meaning.service ?? []),
  }
}

function unknown(whole: string): Meaning {
  return {
    remark: {
      code: "UNKNOWN",
      message: `${printable(whole)} is no variable that Minos knew; it stays as it is`,
      hint: "Remove it, or write one of docs/from-minos.md.",
    },
  }
}

/** Text that must mean itself in a template, and in a file where `${env:NAME}` is a secret. */
function literal(text: string): string {
  return text.replace(/\{[{%]/g, open => `{{ "${open}" }}`).replace(/\$(?=\{(?:env|file|cmd):)/g, "$$$$")
}
