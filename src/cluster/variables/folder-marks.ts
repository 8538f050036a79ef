import { randomBytes } from "node:crypto"
import { FOLDER_NAMES, type Folder, type FolderName, shownText } from "../../model/text.js"

/*
 * A template makes text, and what a folder is called only the agent knows. So a folder goes through the template as a mark
 * that no file can hold, because part of it is drawn by lot for each process. It is made of letters, digits and `-`, which
 * pass through quotes, shells and joins unchanged.
 */
const LOTS = [randomBytes(12), randomBytes(16)].map(bytes => bytes.toString("hex")) as [string, string]
const MARK = new RegExp(`folder-(?:${LOTS.join("|")})-(${FOLDER_NAMES.join("|")})-(\\d+)-`)
const ALL_MARKS = new RegExp(MARK, "g")

/** Which of two marks stands for a folder; they have not even their length in common. */
export type Lot = 0 | 1

/** The mark of a folder; `index` counts the disks of the host, for `data` only. */
export function folderMark(lot: Lot, folder: FolderName, index = 0): string {
  return `folder-${LOTS[lot]}-${folder}-${index}-`
}

/** A text cut at its marks. */
export function cutAtFolders(text: string): readonly (string | Folder)[] {
  // A file may be a megabyte, and most have none.
  if (!LOTS.some(lot => text.includes(lot))) return [text]
  const parts: (string | Folder)[] = []
  let end = 0
  for (const found of text.matchAll(ALL_MARKS)) {
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
  const found = text.match(MARK)
  return found === null ? undefined : toFolder(found)
}

function toFolder([, name, index]: RegExpMatchArray): Folder {
  const folder = name as FolderName
  return folder === "data" ? { folder, index: Number(index) } : { folder }
}
