import { randomBytes } from "node:crypto"
import { FOLDER_NAMES, type Folder, type FolderName, shownText } from "../model/text.js"

/*
 * A template makes text, and what a folder is called only the agent knows. So a folder goes through the template as a mark
 * that no file can hold, because part of it is drawn by lot for each process. Filters and comparisons refuse a text that holds
 * one (template/sealed.ts), so what comes out is the same under any lot. It is made of letters, digits and `-`, which pass through
 * shells unchanged.
 */
interface Lot {
  readonly text: string
  readonly mark: RegExp
}

let lot: Lot | undefined

function draw(): Lot {
  const text = randomBytes(12).toString("hex")
  return { text, mark: new RegExp(`folder-${text}-(${FOLDER_NAMES.join("|")})-(\\d+)-`) }
}

/** The mark of a folder; `index` counts the disks of the host, for `data` only. */
export function folderMark(folder: FolderName, index = 0): string {
  lot ??= draw()
  return `folder-${lot.text}-${folder}-${index}-`
}

/** Whether a text holds the mark of a folder. */
export function holdsMark(text: string): boolean {
  return lot !== undefined && text.includes(lot.text)
}

/** A text cut at its marks. */
export function cutAtFolders(text: string): readonly (string | Folder)[] {
  // A file may be a megabyte, and most have none.
  if (lot === undefined || !holdsMark(text)) return [text]
  const parts: (string | Folder)[] = []
  let end = 0
  for (const found of text.matchAll(new RegExp(lot.mark, "g"))) {
    if (found.index > end) parts.push(text.slice(end, found.index))
    parts.push(toFolder(found))
    end = found.index + found[0].length
  }
  if (end < text.length || parts.length === 0) parts.push(text.slice(end))
  return parts
}

/** The text as people may see it: `{data}` in place of a mark. */
export function withoutMarks(text: string): string {
  return shownText(cutAtFolders(text))
}

/** The first folder that a text names. */
export function firstFolder(text: string): Folder | undefined {
  const found = lot && text.match(lot.mark)
  return found ? toFolder(found) : undefined
}

function toFolder([, name, index]: RegExpMatchArray): Folder {
  const folder = name as FolderName
  return folder === "data" ? { folder, index: Number(index) } : { folder }
}
