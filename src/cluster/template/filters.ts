import { type FilterImplOptions, filters as library } from "liquidjs"
import { quote } from "shlex"
import type { ScopeContext } from "./context.js"
import { jsonText } from "./json.js"
import * as lists from "./list-filters.js"
import { TemplateFault } from "./problem.js"
import { keysOf, readKey, type Scope } from "./scope.js"

/** What a filter takes: a text (a number or a boolean is taken as one), a number (or a text that is one), ... */
export type Wanted = "text" | "number" | "list" | "map" | "any"

/** A filter: what stands before it, what after its colon, how many of these must, and what it does with them. */
export interface FilterRow {
  /** The first kind that fits counts. */
  readonly takes: readonly Wanted[]
  readonly args: readonly Wanted[]
  readonly least: number
  /** Arguments that are given by name, as in `default: 1, allow_false: true`. */
  readonly named?: readonly string[]
  /** Texts come out whole, or not at all, so that they may hold a folder or a secret (sealed.ts). */
  readonly whole?: true
  readonly apply: (this: FilterThis, value: never, ...args: never[]) => unknown
}

/** A filter as it is written; the library does not export the type. */
export type FilterToken = ThisParameterType<
  Extract<FilterImplOptions, (...args: never[]) => unknown>
>["token"]

export interface FilterThis {
  readonly context: ScopeContext
}

/** All filters that there are. None reads a clock, chance, a file or the place where it runs: the same input gives the same text. */
export const FILTERS: Readonly<Record<string, FilterRow>> = {
  // Texts
  append: { ...text("append", 1), whole: true },
  prepend: { ...text("prepend", 1), whole: true },
  replace: text("replace", 2),
  replace_first: text("replace_first", 2),
  replace_last: text("replace_last", 2),
  remove: text("remove", 1),
  remove_first: text("remove_first", 1),
  remove_last: text("remove_last", 1),
  split: text("split", 1),
  upcase: text("upcase", 0),
  downcase: text("downcase", 0),
  capitalize: text("capitalize", 0),
  strip: text("strip", 0),
  lstrip: text("lstrip", 0),
  rstrip: text("rstrip", 0),
  strip_newlines: text("strip_newlines", 0),
  escape: text("escape", 0),
  url_encode: text("url_encode", 0),
  truncate: { takes: ["text"], args: ["number", "text"], least: 1, apply: libraryFilter("truncate") },
  slice: { takes: ["list", "text"], args: ["number", "number"], least: 1, apply: libraryFilter("slice") },
  quote: { takes: ["text"], args: [], least: 0, apply: (value: string) => shellWord(value) },
  // Numbers
  plus: number("plus", 1),
  minus: number("minus", 1),
  times: number("times", 1),
  divided_by: number("divided_by", 1),
  modulo: number("modulo", 1),
  at_least: number("at_least", 1),
  at_most: number("at_most", 1),
  abs: number("abs", 0),
  ceil: number("ceil", 0),
  floor: number("floor", 0),
  round: { takes: ["number"], args: ["number"], least: 0, apply: libraryFilter("round") },
  // Lists
  join: { ...list(["text"], 0, lists.join), whole: true },
  map: list(["text"], 1, lists.map),
  where: list(["text", "any"], 1, lists.where),
  reject: list(["text", "any"], 1, lists.reject),
  find: list(["text", "any"], 1, lists.find),
  has: list(["text", "any"], 1, lists.has),
  group_by: list(["text"], 1, lists.groupBy),
  sort: list(["text"], 0, lists.sort),
  sum: list(["text"], 0, lists.sum),
  concat: list(["list"], 1, (value: readonly unknown[], more: readonly unknown[]) => [...value, ...more]),
  first: list([], 0, (value: readonly unknown[]) => value[0]),
  last: list([], 0, (value: readonly unknown[]) => value.at(-1)),
  reverse: list([], 0, (value: readonly unknown[]) => value.toReversed()),
  uniq: list([], 0, lists.uniq),
  compact: list([], 0, (value: readonly unknown[]) =>
    value.filter(item => item !== null && item !== undefined),
  ),
  // Maps
  keys: { takes: ["map"], args: [], least: 0, apply: (value: Scope) => keysOf(value) },
  values: {
    takes: ["map"],
    args: [],
    least: 0,
    apply: (value: Scope) => keysOf(value).map(key => readKey(value, key)),
  },
  // Anything
  size: {
    takes: ["list", "map", "text"],
    args: [],
    least: 0,
    apply: (value: unknown) => readKeyCount(value),
  },
  default: {
    takes: ["any"],
    args: ["any"],
    least: 1,
    named: ["allow_false"],
    whole: true,
    apply: libraryFilter("default"),
  },
  json: { takes: ["any"], args: ["number"], least: 0, apply: json },
}

/** Why a filter that other users of the language know is not there. */
export const LEFT_OUT_FILTERS: Readonly<Record<string, string>> = {
  date: "A template gives the same text every time, so it has no date.",
  date_to_xmlschema: "A template gives the same text every time, so it has no date.",
  date_to_rfc822: "A template gives the same text every time, so it has no date.",
  date_to_string: "A template gives the same text every time, so it has no date.",
  date_to_long_string: "A template gives the same text every time, so it has no date.",
  sample: "A template gives the same text every time, so it has no chance.",
  sort_natural: "Write sort.",
  push: "Write concat with a list.",
  xml_escape: "Write escape.",
  jsonify: "Write json.",
  inspect: "Write json.",
  to_integer: "Write plus: 0.",
}

function text(name: string, count: number): FilterRow {
  return { takes: ["text"], args: Array(count).fill("text"), least: count, apply: libraryFilter(name) }
}

function number(name: string, count: number): FilterRow {
  return { takes: ["number"], args: Array(count).fill("number"), least: count, apply: libraryFilter(name) }
}

function list(args: readonly Wanted[], least: number, apply: FilterRow["apply"]): FilterRow {
  return { takes: ["list"], args, least, apply }
}

function libraryFilter(name: string): FilterRow["apply"] {
  const found = (library as Readonly<Record<string, FilterImplOptions>>)[name]
  if (typeof found !== "function") throw new Error(`liquidjs has no filter ${name}`)
  return found as unknown as FilterRow["apply"]
}

// No shell can take a word with a zero byte.
function shellWord(value: string): string {
  if (!value.includes("\0")) return quote(value)
  throw new TemplateFault({ code: "TEMPLATE_VALUE", message: "a word for a shell cannot hold a zero byte" })
}

function readKeyCount(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length
  return keysOf(value as Scope).length
}

function json(this: FilterThis, value: unknown, indent = 0): string {
  if (Number.isInteger(indent) && indent >= 0 && indent <= 8)
    return jsonText(value, indent, this.context.budget)
  throw new TemplateFault({ code: "TEMPLATE_VALUE", message: "json indents by 0 to 8 blanks" })
}
