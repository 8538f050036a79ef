import { firstUnprintable } from "../../model/visible.js"
import { eachScalar, type Finding, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"
import { isEnvValue } from "../secret-places.js"

/** No value but those that a program or a file gets as they are may hold characters that end a line or move a cursor. */
export function controlCharacters({ root }: RuleInput): Finding[] {
  const findings: Finding[] = []
  eachScalar(root, ({ value }, path) => {
    if (typeof value !== "string") return
    const character = isEnvValue(path) || isFree(path) ? notForEnv(value) : firstUnprintable(value)
    if (character === undefined) return
    const message = `${pathText(path)}: the value holds the control character ${character}`
    findings.push({ code: "CONTROL_CHARACTER", path, message, hint: hintFor(character) })
  })
  return findings
}

// vars, jobs.J.vars, and text and values of jobs.J.files.F: what they become is checked where it goes.
function isFree(path: Path): boolean {
  const [top, , key, , what = ""] = path
  if (top !== "jobs") return top === "vars"
  return key === "vars" || (key === "files" && ["text", "values"].includes(String(what)))
}

// A program gets its environment byte for byte, but NUL ends a value and half a character is no UTF-8.
function notForEnv(value: string): string | undefined {
  if (value.includes("\0")) return "\\x00"
  return /\p{Surrogate}/u.test(value) ? firstUnprintable(value.replace(/\P{Surrogate}/gu, "")) : undefined
}

function hintFor(character: string): string {
  return character === "\\n" ? "Write it on one line, or use >- to join several lines." : "Remove it."
}
