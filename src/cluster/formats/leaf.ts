import { MinosError } from "../../model/error.js"
import { Secret } from "../../model/secret.js"
import type { Piece, Text } from "../../model/text.js"
import { pathText } from "../located.js"
import type { Leaf, Note, ValuePath } from "./values.js"

/** How a format takes the text of a leaf. */
export interface LeafRules {
  /** With its article, for messages: `an ini file`. */
  readonly format: string
  /** Why it cannot hold a text, as in `holds a line break`; undefined when it can. Says nothing of the text itself. */
  readonly wrong: (text: string) => string | undefined
  readonly hint?: string
}

/** The text of a leaf; a number that has none without loss is noted. */
export function leafText(leaf: Leaf, path: ValuePath, note: Note): Text {
  if (typeof leaf === "boolean") return String(leaf)
  if (typeof leaf !== "number") return leaf
  if (!Number.isFinite(leaf)) note(path, `${leaf} is no number that other programs read`)
  else if (Number.isInteger(leaf) && !Number.isSafeInteger(leaf))
    note(path, `${leaf} is too large to be exact`, "Write it in quotes.")
  return String(leaf)
}

/**
 * The pieces of a text that a format can hold; what it cannot hold is noted. What is not known yet, of a secret that a command gives, is
 * checked when it is revealed: that throws SECRET_VALUE.
 */
export function checkedPieces(text: Text, rules: LeafRules, path: ValuePath, note: Note): readonly Piece[] {
  const pieces = typeof text === "string" ? [text] : text
  const cannot = (what: string) => `the text ${what}, which ${rules.format} cannot hold`
  const wrong = rules.wrong(assumed(pieces))
  if (wrong !== undefined) note(path, cannot(wrong), rules.hint)
  return pieces.map(piece => {
    if (!(piece instanceof Secret) || piece.known() !== undefined) return piece
    return piece.changed(value => {
      const late = rules.wrong(assumed(pieces))
      if (late === undefined || late === wrong) return value
      const message = `values.${pathText(path)}: with the secret ${piece.name} ${cannot(late)}`
      throw new MinosError("SECRET_VALUE", message, { ...(rules.hint && { hint: rules.hint }), exitCode: 2 })
    })
  })
}

/** The pieces with their text escaped, that of secrets once it is known. Folders stay: no format has to escape what they may hold. */
export function escapedPieces(pieces: readonly Piece[], escape: (part: string) => string): readonly Piece[] {
  return pieces.map(piece => {
    if (typeof piece === "string") return escape(piece)
    return piece instanceof Secret ? piece.changed(escape) : piece
  })
}

/** Pieces as a text: neighbouring strings joined, none empty, plain when nothing else is in it. */
export function joined(pieces: readonly Piece[]): Text {
  const parts: Piece[] = []
  for (const piece of pieces) {
    const last = parts.at(-1)
    if (typeof piece === "string" && typeof last === "string") parts[parts.length - 1] = last + piece
    else if (piece !== "") parts.push(piece)
  }
  return parts.every(part => typeof part === "string") ? parts.join("") : parts
}

/** Why no file of text can hold a text: UTF-8 has no halves of characters. */
export function unencodable(text: string): string | undefined {
  return /\p{Surrogate}/u.test(text) ? "holds half of a character" : undefined
}

/** Why a format of one line a value cannot hold a text. */
export function unlined(text: string): string | undefined {
  if (/[\n\r]/.test(text)) return "holds a line break"
  if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]/.test(text)) return "holds a control character"
  return unencodable(text)
}

/** Why a format whose readers take the blanks off both ends cannot hold a text. */
export function padded(text: string): string | undefined {
  return text === text.trim() ? undefined : "has a blank at its start or end"
}

// An absolute path stands for a folder, an ordinary letter for a secret that is not known: neither is wrong anywhere.
function assumed(pieces: readonly Piece[]): string {
  return pieces
    .map(piece => {
      if (typeof piece === "string") return piece
      return piece instanceof Secret ? (piece.known() ?? "x") : "/folder"
    })
    .join("")
}
