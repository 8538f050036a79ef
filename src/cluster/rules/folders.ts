import { SCRIPT_NAMES } from "../../model/release.js"
import { type Folder, shownText } from "../../model/text.js"
import { firstFolder, withoutMarks } from "../folder-marks.js"
import { type Finding, type Located, type Path, pathText } from "../located.js"
import type { RuleInput } from "../rules.js"

/** The name of a folder stands only where the agent puts it in: in what runs on its host, and in files. */
export function strayFolders({ root }: RuleInput): Finding[] {
  const findings: Finding[] = []
  const visit = (at: Located, path: Path): void => {
    if (at.kind === "list") at.items.forEach((item, i) => void visit(item, [...path, i]))
    if (at.kind === "map") {
      for (const [key, value] of at.entries) {
        const folder = firstFolder(key)
        if (folder) findings.push(stray(folder, [...path, key], "key"))
        visit(value, [...path, key])
      }
    }
    if (at.kind !== "scalar" || typeof at.value !== "string" || takesFolders(path)) return
    const folder = firstFolder(at.value)
    if (folder) findings.push(stray(folder, path, "value"))
  }
  visit(root, [])
  return findings
}

function stray(folder: Folder, path: Path, on: "key" | "value"): Finding {
  const message = `${withoutMarks(pathText(path))}: only the agent knows the folder ${shownText([folder])}, so it cannot stand here`
  const hint = "It may stand in commands, directory, env, and in what is in files."
  return { code: "TEMPLATE_VALUE", path, on, message, hint }
}

const KEYS: ReadonlySet<string | number | undefined> = new Set([
  "command",
  "directory",
  "env",
  ...SCRIPT_NAMES,
])

function takesFolders(path: Path): boolean {
  const [, , key, , what] = path
  if (key === "files") return what === "text" || what === "values"
  return key === "checks" ? what === "cmd" : KEYS.has(key)
}
