import { Secret } from "./secret.js"

/** A folder of a task that only its agent knows; `index` counts the disks of the host, for `data` only. */
export interface Folder {
  readonly folder: FolderName
  readonly index?: number
}

export const FOLDER_NAMES = ["data", "log", "run", "files", "package"] as const

/** `files`: what the release brings beside its package; `package`: the unpacked package, where the program starts. */
export type FolderName = (typeof FOLDER_NAMES)[number]

/** A part of a text: known, known and never shown, or known to the agent only. */
export type Piece = string | Secret | Folder

/** A text that is complete once the agent has put in its folders. */
export type Text = string | readonly Piece[]

/** A text as it goes over the wire and into the id of a release: secrets are in it, so it is never shown. */
export type OpenText = string | readonly (string | Folder)[]

/** The text with its secrets put in; plain when nothing is left for the agent, neighbouring strings joined, none empty. */
export function openText(text: Text): OpenText {
  if (typeof text === "string") return text
  const parts: (string | Folder)[] = []
  for (const piece of text) {
    if (typeof piece === "object" && !(piece instanceof Secret)) {
      // Always with its members in one order, for the hash.
      parts.push(
        piece.index === undefined ? { folder: piece.folder } : { folder: piece.folder, index: piece.index },
      )
      continue
    }
    const part = typeof piece === "string" ? piece : piece.reveal()
    const last = parts.at(-1)
    if (typeof last === "string") parts[parts.length - 1] = last + part
    else if (part !== "") parts.push(part)
  }
  if (parts.length === 0) return ""
  return parts.length === 1 && typeof parts[0] === "string" ? parts[0] : parts
}

/** The text for people: a secret by its name, a folder as `{data}` or `{data 1}`. */
export function shownText(text: Text): string {
  if (typeof text === "string") return text
  return text
    .map(piece => {
      if (typeof piece === "string") return piece
      if (piece instanceof Secret) return `[secret ${piece.name}]`
      return piece.index === undefined || piece.index === 0
        ? `{${piece.folder}}`
        : `{${piece.folder} ${piece.index}}`
    })
    .join("")
}

/** The secrets that stand in a text. */
export function secretsIn(text: Text): readonly Secret[] {
  return typeof text === "string" ? [] : text.filter(piece => piece instanceof Secret)
}

/** The text with its folders put in by whoever knows them. Only for a text without secrets, or that is not shown. */
export function closedText(text: Text, folder: (folder: Folder) => string): string {
  const open = openText(text)
  if (typeof open === "string") return open
  return open.map(part => (typeof part === "string" ? part : folder(part))).join("")
}
