// What can move a cursor, hide text or is not text: control characters, line and paragraph separators, characters that turn
// the direction of text, the byte order mark, halves of surrogate pairs.
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu

const USER_INFO = /\/\/[^/\s@]*@/g

/** Text from elsewhere, safe for a terminal: `\x1b` and the like stand in place of what could act on it; lines and tabs stay. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, character =>
    character === "\n" || character === "\t" ? character : escaped(character),
  )
}

/** Text from elsewhere for the inside of a message: as `visible`, on one line, cut, and without the `user:pass@` of a URL. */
export function printable(text: string, most = 80): string {
  // Cut before the look, so that a megabyte costs no more than a line.
  const open = text.slice(0, 4 * most).replace(USER_INFO, "//...@")
  return oneLine(open.length > most ? `${open.slice(0, most)}...` : open)
}

/** The whole text as `visible` shows it, on one line. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped)
}

/** The first character that must not stand in a name, an address or a command, as `\x1b`; undefined when there is none. */
export function firstUnprintable(text: string): string | undefined {
  const found = text.match(UNPRINTABLE)?.[0]
  return found === undefined ? undefined : escaped(found)
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`)
}
