import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { OperationSeen } from "./observation.js"

/** The operations in an agent's journal, a file each; none where there is no journal. */
export function operationsSeen(folder: string): readonly OperationSeen[] {
  return names(folder).flatMap(name => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n").flatMap(parsed)
    const op = lines[0]?.op
    return typeof op === "string" ? [{ op, ended: lines.some(({ end }) => typeof end === "object") }] : []
  })
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A crash or a full disk leaves pieces of lines, which say nothing. */
function parsed(line: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === "object" && value !== null ? [value as Readonly<Record<string, unknown>>] : []
  } catch {
    return []
  }
}
