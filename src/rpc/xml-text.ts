import { isAscii, isUtf8 } from "node:buffer"
import { DecodeError } from "./decode-error.js"

// What XML 1.0 (section 2.2) leaves out; lone surrogates cannot come from valid UTF-8.
const ILLEGAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([\w.-]+)"|'([\w.-]+)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/

// Python's xmlrpc, and so supervisord, begins with this.
const USUAL = "<?xml version='1.0'?>"

/** A document as text, and where its root may begin: after a byte order mark and an XML declaration, if any. */
export interface XmlText {
  readonly text: string
  readonly start: number
}

/** The characters of an XML document; throws a DecodeError unless they are all legal and, if `lenient`, never. */
export function xmlText(body: Buffer, lenient: boolean): XmlText {
  const ascii = isAscii(body)
  if (!lenient && !ascii && !isUtf8(body)) throw new DecodeError("the text is not UTF-8", firstBadByte(body))
  // One byte a character when it can be, which is smaller and faster to search.
  let text = body.toString(ascii ? "latin1" : "utf8")
  if (!lenient) {
    // Every XML reader must turn \r\n and \r into \n (XML 1.0, section 2.11).
    if (text.includes("\r")) text = text.replace(/\r\n?/g, "\n")
    const illegal = text.search(ILLEGAL)
    if (illegal >= 0) throw new DecodeError(`the control character ${codePoint(text, illegal)}`, illegal)
  }
  if (text.startsWith(USUAL)) return { text, start: USUAL.length }
  const bom = text.charCodeAt(0) === 0xfeff ? 1 : 0
  return { text, start: bom + declarationLength(bom ? text.slice(1, 300) : text.slice(0, 300), ascii) }
}

/** `U+001B` for the character at an index. */
export function codePoint(text: string, index: number): string {
  return `U+${(text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`
}

function declarationLength(head: string, ascii: boolean): number {
  if (!/^<\?xml[ \t\r\n]/.test(head)) return 0
  const found = DECLARATION.exec(head)
  if (!found) throw new DecodeError("a malformed XML declaration", 0)
  const encoding = found[1] ?? found[2] ?? "utf-8"
  // A document of ASCII alone reads the same in all of these, so that their declaration does no harm.
  const same = ascii && /^(us-ascii|ascii|latin1|iso-8859-\d+|windows-125\d)$/i.test(encoding)
  if (!/^utf-?8$/i.test(encoding) && !same) throw new DecodeError(`the encoding ${encoding}, not UTF-8`, 0)
  return found[0].length
}

function firstBadByte(body: Buffer): number {
  const text = body.toString("utf8")
  for (let at = text.indexOf("\ufffd"); at >= 0; at = text.indexOf("\ufffd", at + 1)) {
    const bytes = Buffer.byteLength(text.slice(0, at))
    // The peer may have sent a U+FFFD of its own, which is valid.
    if (body.readUIntBE(bytes, Math.min(3, body.length - bytes)) !== 0xefbfbd) return at
  }
  return 0
}
