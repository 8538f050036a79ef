import { Lexer, Parser } from "yaml"

/** Deeper than any cluster file goes, and far from where the YAML parser overflows its stack (near 780). */
export const MAX_DEPTH = 64

/**
 * The offset at which the text nests deeper than MAX_DEPTH, or undefined. The tokenizer and its state machine do not
 * recurse, so this is safe on any text, while composing a document of 20,000 nested `[` can end the process.
 */
export function tooDeepAt(text: string): number | undefined {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) {
      // Only the parser's stack is of interest here.
    }
    if (parser.stack.length > MAX_DEPTH + 2) return parser.offset
  }
  return undefined
}
