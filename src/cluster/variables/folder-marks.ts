import { randomBytes } from "node:crypto"
import { FOLDER_NAMES, type Folder, type FolderName, shownText } from "../../model/text.js"

/*
 * A template makes text, and what a folder is called only the agent knows. So a folder goes through the template as a mark
 * that no file can hold, because part of it is drawn by lot for each process. It is made of letters, digits and `-`, which
 * pass through quotes, shells and joins unchanged.
 */
const LOT = randomBytes(12).toString("hex")
const MARK = new RegExp(`folder-${LOT}-(${FOLDER_NAMES.join("|")})-(\\d+)-`)
const ALL_MARKS = new RegExp(MARK, "g")

/** The mark of a folder; `index` counts the disks of the host, for `data` only. */
export function folderMark(folder: FolderName, index = 0): string {
  return `folder-${LOT}-${folder}-${index}-`
}

/** A text cut at its marks. */
export function cutAtFolders(text: string): readonly (string | Folder)[] {
  const parts: (string | Folder)[] = []
  let rest = text
  for (let found = rest.match(MARK); found !== null; found = rest.match(MARK)) {
    if (found.index) parts.push(rest.slice(0, found.index))
    parts.push(toFolder(found))
    rest = rest.slice((found.index ?? 0) + found[0].length)
  }
  return rest === "" && parts.length > 0 ? parts : [...parts, rest]
}

/** The text as people may see it: `{data}` in place of a mark. */
export function withoutMarks(text: string): string {
  return text.includes(LOT) ? text.replace(ALL_MARKS, mark => shownText(cutAtFolders(mark))) : text
}

/** Whether a text names a folder that only the agent knows. */
export function hasMark(text: string): boolean {
  return MARK.test(text)
}

function toFolder([, name, index]: RegExpMatchArray): Folder {
  const folder = name as FolderName
  return folder === "data" ? { folder, index: Number(index) } : { folder }
}
