const LONGEST = 200
// Bidi controls and line separators forge what a reader sees as well as control characters do; halves of surrogate
// pairs are no text.
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u
const ALL_UNSAFE = new RegExp(UNSAFE, "gu")

/** Does a text hold characters that a terminal would act on instead of showing them? */
export function hasControls(text: string): boolean {
  return UNSAFE.test(text)
}

/** Foreign text for a message: control characters as `\xNN` or `\u{N}`, and cut when it is long. */
export function visible(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
  return cut.replace(ALL_UNSAFE, escaped)
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`
}
