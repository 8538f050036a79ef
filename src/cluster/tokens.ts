import { type CST, Lexer, Parser } from "yaml"

/** Deeper than any cluster file goes, and far from where the YAML parser overflows its stack (near 780). */
export const MAX_DEPTH = 64

/** Pieces (keys, values, line ends, brackets) in one file; enough for 30,000 hosts with a line each. */
const MAX_LEXEMES = 250_000

/** The text as the parser's tokens, or why it is not worth parsing. */
export type Tokens =
  | { readonly kind: "tokens"; readonly tokens: readonly CST.Token[] }
  | { readonly kind: "too-deep"; readonly offset: number }
  | { readonly kind: "too-many"; readonly offset: number }

/**
 * Cuts the text into tokens and refuses what nests too deep or is too long. This step does not recurse, so it is safe on
 * any text, while composing a document of 20,000 nested `[` can end the process.
 */
export function tokenize(text: string): Tokens {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  let lexemes = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > MAX_DEPTH + 2) return { kind: "too-deep", offset: parser.offset }
    if (++lexemes > MAX_LEXEMES) return { kind: "too-many", offset: parser.offset }
  }
  for (const token of parser.end()) tokens.push(token)
  return { kind: "tokens", tokens }
}
