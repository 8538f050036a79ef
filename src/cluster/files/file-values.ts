import type { Text } from "../../model/text.js"
import type { Value, ValueMap } from "../formats/values.js"
import type { Located, LocatedMap, LocatedScalar, Path } from "../located.js"
import type { FileFormat } from "../schema-files.js"

/** Gives a text of the file with its secrets and folders as pieces. */
export type TextAt = (text: string, path: Path) => Text

/** The values of a file as they are written; nothing is left out, and an empty value is an empty text. */
export function fileValues(at: LocatedMap, format: FileFormat, textAt: TextAt, path: Path): ValueMap {
  const hasNumbers = format === "json" || format === "yaml"
  return mapOf(at, path)

  function mapOf(at: LocatedMap, path: Path): ValueMap {
    const entries = [...at.entries].map(([key, value]) => [key, valueOf(value, [...path, key])] as const)
    return { kind: "map", entries: new Map(entries) }
  }

  function valueOf(at: Located, path: Path): Value {
    switch (at.kind) {
      case "map":
        return mapOf(at, path)
      case "list":
        return { kind: "list", items: at.items.map((item, i) => valueOf(item, [...path, i])) }
      case "scalar":
        return leafOf(at, path)
    }
  }

  function leafOf({ value, source, rendered }: LocatedScalar, path: Path): Value {
    if (value === null) return ""
    // A port that a variable gave is a number like one that is written.
    if (hasNumbers && (typeof rendered === "number" || typeof rendered === "boolean")) return rendered
    if (typeof value === "string") return textAt(value, path)
    // 1.10 is a number to YAML and JSON, and text to everything else.
    return hasNumbers || typeof value === "boolean" ? value : source
  }
}
