import { split } from "shlex"
import type { Piece, Text } from "../../model/text.js"
import { cutAtFolders } from "../folder-marks.js"

/** A text whose variables are in, with its folders as pieces; `text` may hold secrets already. */
export function withFolders(text: Text): Text {
  const given: readonly Piece[] = typeof text === "string" ? [text] : text
  const pieces = given.flatMap((piece): readonly Piece[] =>
    typeof piece === "string" ? cutAtFolders(piece) : [piece],
  )
  const [only] = pieces
  if (pieces.length === 1 && typeof only === "string") return only
  return pieces.filter(piece => piece !== "")
}

/** A command as words: of a list each item is one, a line is split as a shell would. */
export function commandWords(command: string | readonly string[]): readonly Text[] {
  return (typeof command === "string" ? split(command) : command).map(withFolders)
}
