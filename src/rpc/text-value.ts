import { openText, type Text } from "../model/text.js"
import { firstXmlIllegal } from "./printable.js"
import type { XmlRpcValue } from "./value.js"

/** A text for a call, its secrets put in: a string, or an array of strings and {folder, index}. What XML cannot carry is bytes. */
export function textValue(text: Text): XmlRpcValue {
  const open = openText(text)
  return typeof open === "string"
    ? carried(open)
    : open.map(part => (typeof part === "string" ? carried(part) : { ...part }))
}

function carried(text: string): string | Buffer {
  return firstXmlIllegal(text) < 0 ? text : Buffer.from(text)
}
