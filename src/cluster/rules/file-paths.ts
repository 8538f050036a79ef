import { firstUnprintable, printable } from "../../model/visible.js"
import { isTemplate } from "../is-template.js"
import { type Finding, keysAt } from "../located.js"
import type { RuleInput } from "../rules.js"
import { eachJob } from "./each-job.js"
import type { Wrong } from "./wrong.js"

// What file systems take.
const MAX_PART = 255
const MAX_PATH = 1_024

/** Where the files of a job go: each to a place of its own below the folder of its release. */
export function filePaths(input: RuleInput): Finding[] {
  return eachJob(input, (_, path) => {
    const files = [...path, "files"]
    const names = keysAt(input.root, files).filter(name => !isTemplate(name))
    const clashes = filePathClashes(names)
    return names.flatMap((name): Finding[] => {
      const wrong = filePathProblem(name) ?? clashes.get(name)
      return wrong === undefined ? [] : [{ code: "PATH", path: [...files, name], on: "key", ...wrong }]
    })
  })
}

/** What is wrong with a target path by itself. */
export function filePathProblem(path: string): Wrong | undefined {
  const found = (message: string, hint: string): Wrong => ({
    message: `"${printable(path)}" cannot be the path of a file: ${message}`,
    hint,
  })
  const character = firstUnprintable(path)
  if (path === "") return found("it is empty", "Write one such as conf/zoo.cfg")
  if (character !== undefined) return found(`it holds the control character ${character}`, "Remove it.")
  if (path.includes("\\")) return found("it holds a backslash", "Write / between its parts.")
  if (path.startsWith("/")) {
    return found(
      "it is absolute, and files stand below the folder of the release",
      "Remove the / in front; {{ task.files }} in a command is that folder.",
    )
  }
  if (path.endsWith("/")) return found("it ends with /", "Write the name of the file too.")
  const parts = path.split("/")
  const bad = parts.find(part => part === "" || part === "." || part === "..")
  if (bad !== undefined) {
    return found(bad === "" ? "it has two / in a row" : `it has the part "${bad}"`, "Write it without.")
  }
  if (parts.some(part => Buffer.byteLength(part) > MAX_PART)) {
    return found(`a part is longer than ${MAX_PART} bytes`, "Choose a shorter name.")
  }
  if (Buffer.byteLength(path) > MAX_PATH) {
    return found(`it is longer than ${MAX_PATH} bytes`, "Choose a shorter one.")
  }
  return undefined
}

/** Of the target paths of one task, those that stand where another one stands too. */
export function filePathClashes(paths: readonly string[]): ReadonlyMap<string, Wrong> {
  const good = paths.filter(path => filePathProblem(path) === undefined)
  const first = new Map<string, string>()
  const clashes = new Map<string, Wrong>()
  for (const path of good) {
    const other = first.get(normal(path))
    if (other === undefined) first.set(normal(path), path)
    else {
      const message = `"${printable(path)}" is here twice`
      clashes.set(path, { message, hint: "Remove or rename one of them." })
    }
  }
  for (const path of good) {
    const folder = foldersOf(normal(path)).find(name => first.has(name))
    if (folder === undefined || clashes.has(path)) continue
    const shown = printable(first.get(folder) ?? folder)
    const message = `"${printable(path)}" cannot be a file, because "${shown}" is one and not a folder`
    clashes.set(path, { message, hint: "Rename one of them." })
  }
  return clashes
}

// Two ways to spell one letter look alike, and some file systems take them for one.
function normal(path: string): string {
  return path.normalize("NFC")
}

function foldersOf(path: string): string[] {
  return [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))
}
