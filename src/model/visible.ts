/**
 * Text from a host, safe for a terminal: control characters, also C1 and those that turn the direction of text, are shown
 * as `\x1b` or `\u202e`; newline and tab stay.
 */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    character => {
      const code = character.charCodeAt(0)
      return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`
    },
  )
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0")
}
