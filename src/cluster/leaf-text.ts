import { oneLine } from "../model/visible.js"
import type { Located, Path } from "./located.js"
import { isAgentPassword } from "./secret-places.js"

/** A value as written, on one line; a password that stands in the file itself is not shown, and `null` takes away. */
export function shownLeaf(at: Located, path: Path): { readonly value?: string } {
  if (isAgentPassword(path) && at.kind === "scalar" && !isReference(at.value)) return { value: "[secret]" }
  if (at.kind === "scalar" && at.value === null) return {}
  return { value: oneLine(written(at)) }
}

function isReference(value: unknown): boolean {
  return typeof value === "string" && /^\$\{[^{}]*\}$/.test(value)
}

function written(at: Located): string {
  switch (at.kind) {
    case "scalar":
      return typeof at.value === "string" ? at.value : at.source
    case "list":
      return `[${at.items.map(written).join(", ")}]`
    case "map":
      return `{${[...at.entries].map(([key, value]) => `${key}: ${written(value)}`).join(", ")}}`
  }
}
