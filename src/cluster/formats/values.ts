import type { Text } from "../../model/text.js"

/** What a configuration file is made of: maps and lists down to leaves. Maps have an order, which is that of the file. */
export type ValueTree = ValueMap | ValueList

export interface ValueMap {
  readonly kind: "map"
  /** A plain object would move keys that look like numbers to the front. */
  readonly entries: ReadonlyMap<string, Value>
}

export interface ValueList {
  readonly kind: "list"
  readonly items: readonly Value[]
}

export type Value = Leaf | ValueMap | ValueList

/** An array is a text in pieces; a list is a ValueList. */
export type Leaf = Text | number | boolean

/** Where a value stands below the top of its tree; a number counts in a list, from 0. */
export type ValuePath = readonly (string | number)[]

/** What a format cannot hold. */
export interface FormatFinding {
  readonly path: ValuePath
  /** One clause without its place and without a full stop; of a secret it holds nothing but its name. */
  readonly message: string
  readonly hint?: string
}

/** Takes down a finding. */
export type Note = (path: ValuePath, message: string, hint?: string) => void

export function isMap(value: Value): value is ValueMap {
  return typeof value === "object" && "kind" in value && value.kind === "map"
}

export function isList(value: Value): value is ValueList {
  return typeof value === "object" && "kind" in value && value.kind === "list"
}
