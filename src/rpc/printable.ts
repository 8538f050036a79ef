/**
 * Text of a peer made safe for one line of a message: control characters become visible (U+241B for ESC), invisible
 * ones that change direction or end lines become U+FFFD, and what is longer than `length` is cut with an ellipsis.
 */
export function oneLine(text: string, length = 200): string {
  // Cut first, so that a megabyte of text costs no more than a line; the slack is for what the trim takes away.
  const line = visible(
    text
      .slice(0, length * 4)
      .replace(/\s*[\r\n]+\s*/g, " ")
      .trim(),
  )
  return line.length <= length && text.length <= length * 4 ? line : `${cut(line, length - 1)}…`
}

/** The text with every control character replaced by its picture (U+2400 and up) or by U+FFFD. */
export function visible(text: string): string {
  return text.replace(UNSAFE, picture)
}

/** The text with those characters replaced that XML cannot carry, in the same way; tabs and line ends stay. */
export function xmlLegal(text: string): string {
  return text.replace(XML_ILLEGAL, picture)
}

/** Where the first character stands that XML cannot carry, or -1. */
export function firstXmlIllegal(text: string): number {
  return text.search(XML_ILLEGAL)
}

const LONE_SURROGATE = "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]"
// C0, DEL, C1, line and paragraph separators, and the bidirectional controls.
const UNSAFE = new RegExp(
  `[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufffe\\uffff]|${LONE_SURROGATE}`,
  "g",
)
const XML_ILLEGAL = new RegExp(
  `[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\ufffe\\uffff]|${LONE_SURROGATE}`,
  "g",
)

function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? "\u2421" : "\ufffd"
}

/** The first characters of a text, without half of a surrogate pair at the end. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "")
}
