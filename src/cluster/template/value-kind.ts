import { asWritten, toPlain } from "./written-number.js"

export type Kind = "text" | "number" | "boolean" | "list" | "map" | "nothing"

/** What a value is to a template; `nil` and the like of the library count as what they stand for. */
export function kindOf(value: unknown): Kind {
  const plain = toPlain(value)
  if (plain === null || plain === undefined) return "nothing"
  if (typeof plain === "string") return "text"
  if (typeof plain === "number" || typeof plain === "bigint") return "number"
  if (typeof plain === "boolean") return "boolean"
  return Array.isArray(plain) ? "list" : "map"
}

/** The kind in a sentence: `a map`. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "true or false",
  list: "a list",
  map: "a map",
  nothing: "nothing",
}

/** The value as YAML would write it, or as it is written there, undefined for a list, a map and nothing. */
export function printed(value: unknown): string | undefined {
  const plain = toPlain(asWritten(value))
  if (typeof plain === "string") return plain
  if (typeof plain === "number" && !Number.isFinite(plain)) {
    return Number.isNaN(plain) ? ".nan" : plain > 0 ? ".inf" : "-.inf"
  }
  const kind = kindOf(plain)
  return kind === "number" || kind === "boolean" ? String(plain) : undefined
}
