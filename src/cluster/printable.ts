// Control characters, line and paragraph separators, bidirectional overrides and halves of surrogate pairs:
// what can move a cursor, hide text or is not text.
const UNPRINTABLE =
  /[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu

const USER_INFO = /\/\/[^/\s@]*@/g

const MAX_SHOWN = 80

/** The text cut to a length for messages, without the `user:pass@` of a URL, and with `\x1b` and the like in place of what must not reach a terminal. */
export function printable(text: string): string {
  const open = text.slice(0, 4 * MAX_SHOWN).replace(USER_INFO, "//...@")
  return visible(open.length > MAX_SHOWN ? `${open.slice(0, MAX_SHOWN)}...` : open)
}

/** The whole text, with `\\x1b` and the like in place of what must not reach a terminal. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter)
}

/** The first character that must not stand in a name, an address or a command, as `\x1b`; undefined when there is none. */
export function firstUnprintable(text: string): string | undefined {
  const found = text.match(UNPRINTABLE)?.[0]
  return found === undefined ? undefined : escapeCharacter(found)
}

function escapeCharacter(character: string): string {
  if (character === "\n") return "\\n"
  if (character === "\r") return "\\r"
  if (character === "\t") return "\\t"
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16)
  return code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`
}
