import type { ErrorCode } from "yaml"

/** What a YAML syntax error means and what to do about it. */
export interface SyntaxWords {
  readonly message: string
  readonly hint?: string
}

/** Plain words for the parser's error; `lineText` is the line that it stands in. Never quotes the line: it may hold a secret. */
export function syntaxWords(code: ErrorCode, message: string, lineText: string): SyntaxWords {
  if (UNQUOTED_REFERENCE.test(lineText)) {
    return {
      message: `this is not valid YAML: \${...} stands inside { } without quotes`,
      hint: `Write "\${env:NAME}" in quotes.`,
    }
  }
  if (UNQUOTED_RANGE.test(lineText)) {
    return {
      message: "this is not valid YAML: a range such as [01-03] stands inside { } or [ ] without quotes",
      hint: 'Write the whole text in quotes, as in "10.0.3.[11-13]".',
    }
  }
  return WORDS[code]?.(message) ?? { message: `this is not valid YAML: ${lowerFirst(message)}` }
}

const UNQUOTED_REFERENCE = /\{[^"']*\$\{/
const UNQUOTED_RANGE = /[{[][^"']*[\w.-]\[\d/

const WORDS: Partial<Record<ErrorCode, (message: string) => SyntaxWords>> = {
  BLOCK_AS_IMPLICIT_KEY: () => ({
    message: 'a second ": " in an unquoted value, or a line indented deeper than the ones it belongs to',
    hint: "Put the value in quotes, or indent the line like its neighbours.",
  }),
  BAD_SCALAR_START: message => ({
    message: `a value cannot start with ${message.at(-1)} unless it is quoted`,
    hint: "Put the value in quotes.",
  }),
  BAD_ALIAS: () => ({
    message: "* alone is a reference in YAML, not text",
    hint: 'Put it in quotes: "*".',
  }),
  MISSING_CHAR: message => {
    if (message.startsWith("Missing closing")) {
      return {
        message: "this quote is not closed",
        hint: `Add the closing ${message.includes('"') ? '"' : "'"}.`,
      }
    }
    if (message.startsWith("Implicit map keys")) {
      return { message: "a key without a value", hint: 'Write "key: value", with a space after the colon.' }
    }
    return {
      message: "a comma or a colon is missing inside { } or [ ]",
      hint: "Write {key: value, key: value} or [a, b].",
    }
  },
  MULTILINE_IMPLICIT_KEY: () => ({
    message: "a key without a value",
    hint: 'Write "key: value", with a space after the colon.',
  }),
  BAD_INDENT: message =>
    message.startsWith("Flow")
      ? {
          message: `this ${message.includes("]") ? "[" : "{"} is not closed`,
          hint: `Add the closing ${message.includes("]") ? "]" : "}"}.`,
        }
      : {
          message: "this line is indented differently from its neighbours",
          hint: "Start all keys of one map in the same column.",
        },
  BAD_DQ_ESCAPE: message => ({
    message: `"${message.split(" ").at(-1)}" is not an escape that YAML knows inside "..."`,
    hint: "Write two backslashes for one, or use single quotes.",
  }),
  UNEXPECTED_TOKEN: () => ({
    message: "there is text here that belongs to nothing",
    hint: "A value that holds quotes, brackets or braces must be quoted as a whole; a list and keys cannot be mixed.",
  }),
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
