import type { Value, ValueTree } from "../../../src/cluster/formats/values.js"
import type { Text } from "../../../src/model/text.js"

/** Values as a test writes them: pairs are a map, an array in `list` a list, `pieces` a text. */
export type Written = string | number | boolean | WrittenMap | { readonly list: readonly Written[] } | Pieces
export type WrittenMap = readonly (readonly [string, Written])[]
interface Pieces {
  readonly pieces: Text
}

/** The tree of pairs. */
export function tree(pairs: WrittenMap): ValueTree {
  return { kind: "map", entries: new Map(pairs.map(([key, value]) => [key, toValue(value)])) }
}

function toValue(value: Written): Value {
  if (typeof value !== "object") return value
  if ("pieces" in value) return value.pieces
  if ("list" in value) return { kind: "list", items: value.list.map(toValue) }
  return tree(value)
}
