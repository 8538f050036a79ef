import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A record of a journal as it stands in the file. */
export type JournalLine = Readonly<Record<string, any>>

/** The records of the only run that has a journal in a state folder; none while there is no such file. */
export function runLines(state: string): readonly JournalLine[] {
  const [name] = runNames(state)
  return name === undefined ? [] : linesOf(join(state, "operations", name))
}

/** The names of the journals in a state folder. */
export function runNames(state: string): readonly string[] {
  try {
    return readdirSync(join(state, "operations")).filter(name => name.endsWith(".jsonl"))
  } catch {
    return []
  }
}

/** The whole lines of a journal. */
export function linesOf(path: string): readonly JournalLine[] {
  const text = readFileSync(path, "utf8")
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(line => line !== "")
    .map(line => JSON.parse(line))
}

/** How many records of a kind are written; those of the way there, such as `prepare`, do not count. */
export function countOf(state: string, kind: string): number {
  return runLines(state).filter(line => line.kind === kind && line.step !== "prepare").length
}
