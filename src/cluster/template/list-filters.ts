import { printable } from "../../model/visible.js"
import { nearest, thereIs } from "../nearest.js"
import { TemplateFault } from "./problem.js"
import { keysOf, readKey, readPath, type Scope } from "./scope.js"
import { refuseSealed } from "./sealed.js"
import { KIND_WORDS, kindOf, printed } from "./value-kind.js"
import { asWritten, toPlain, WrittenNumber } from "./written-number.js"

type List = readonly unknown[]

/** The items as one text. */
export function join(list: List, separator = " "): string {
  return list.map((item, index) => printed(item) ?? noText(item, index)).join(separator)
}

/** One value of each item; an item without it is a fault. */
export function map(list: List, path: string): List {
  return list.map(item => {
    const value = readPath(item, path)
    if (value === undefined) throw noKey(item, path, "an item")
    return value
  })
}

/** The items that have this value, or any but false and nothing when none is given. */
export function where(list: List, path: string, ...wanted: readonly [unknown?]): List {
  return list.filter(hasValue(list, path, wanted))
}

/** The items that `where` leaves out. */
export function reject(list: List, path: string, ...wanted: readonly [unknown?]): List {
  const has = hasValue(list, path, wanted)
  return list.filter(item => !has(item))
}

/** The first item that `where` would give, nothing when there is none. */
export function find(list: List, path: string, ...wanted: readonly [unknown?]): unknown {
  return list.find(hasValue(list, path, wanted))
}

/** Whether `where` would give an item. */
export function has(list: List, path: string, ...wanted: readonly [unknown?]): boolean {
  return list.some(hasValue(list, path, wanted))
}

/** Smallest first, by a value of each item when `path` is given; what has none comes last. Texts by their code units, in any locale. */
export function sort(list: List, path?: string): List {
  if (path !== undefined) someHave(list, path)
  const keyed = list.map(item => ({ item, key: toPlain(path === undefined ? item : readPath(item, path)) }))
  for (const { key } of keyed) refuseSealed(key)
  const kinds = new Set(keyed.map(({ key }) => kindOf(key)).filter(kind => kind !== "nothing"))
  const [kind = "text"] = kinds
  if (kinds.size > 1 || kind === "list" || kind === "map") {
    const found = [...kinds].map(name => KIND_WORDS[name]).join(" and ")
    throw value(
      `sort needs texts only or numbers only, not ${found}`,
      'Write the name of a value, as in sort: "name".',
    )
  }
  return keyed
    .sort((a, b) => compare(a.key as string | undefined, b.key as string | undefined))
    .map(({ item }) => item)
}

/** The sum of the items, or of one value of each. */
export function sum(list: List, path?: string): number {
  return (path === undefined ? list : map(list, path)).reduce<number>((total, item) => {
    const number = kindOf(item) === "text" && item !== "" ? Number(item) : toPlain(item)
    if (typeof number === "number" && Number.isFinite(number)) return total + number
    throw value(`sum needs numbers, not ${KIND_WORDS[kindOf(item)]}`)
  }, 0)
}

/** Each item once, at its first place. */
export function uniq(list: List): List {
  refuseSealed(list)
  const seen = new Set<unknown>()
  return list.filter(item => {
    const key = asWritten(item)
    return !seen.has(key) && seen.add(key)
  })
}

/** Lists of the items that have the same value, as maps of `name` (the value) and `items`, in the order of the first of each. */
export function groupBy(list: List, path: string): List {
  someHave(list, path)
  const groups = new Map<unknown, unknown[]>()
  for (const item of list) {
    const name = toPlain(asWritten(readPath(item, path))) ?? null
    refuseSealed(name)
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return [...groups].map(([name, items]) => Object.assign(Object.create(null), { name, items }))
}

function hasValue(list: List, path: string, wanted: readonly [unknown?]): (item: unknown) => boolean {
  someHave(list, path)
  if (wanted.length === 0) {
    return item => {
      const found = toPlain(readPath(item, path))
      return found !== undefined && found !== null && found !== false
    }
  }
  const expected = wanted[0]
  return item => {
    const found = readPath(item, path)
    refuseSealed(found)
    if (found instanceof WrittenNumber) return found.equals(expected)
    if (expected instanceof WrittenNumber) return expected.equals(toPlain(found))
    return (toPlain(found) ?? null) === (toPlain(expected) ?? null)
  }
}

// The names of an item are fixed, those inside its labels and vars are not: only the first can be a typing error for sure.
function someHave(list: List, path: string): void {
  const [name = ""] = path.split(".")
  if (list.length > 0 && list.every(item => readKey(item, name) === undefined))
    throw noKey(list[0], name, "no item")
}

function noKey(item: unknown, path: string, who: "an item" | "no item"): TemplateFault {
  const message = `${who} of the list ${who === "an item" ? "has no" : "has"} "${printable(path)}"`
  if (kindOf(item) !== "map") {
    return new TemplateFault({
      code: "UNKNOWN_VARIABLE",
      message,
      hint: `The items are not maps: this one is ${KIND_WORDS[kindOf(item)]}.`,
    })
  }
  const names = keysOf(item as Scope)
  const meant = nearest(path, names)
  const hint = meant === undefined ? thereIs(names) : `Did you mean "${printable(meant)}"?`
  return new TemplateFault({ code: "UNKNOWN_VARIABLE", message, hint })
}

function compare(a: string | undefined | null, b: string | undefined | null): number {
  if (a === b) return 0
  if (a === undefined || a === null) return b === undefined || b === null ? 0 : 1
  if (b === undefined || b === null) return -1
  return a < b ? -1 : a > b ? 1 : 0
}

function noText(item: unknown, index: number): never {
  throw value(
    `item ${index} of the list is ${KIND_WORDS[kindOf(item)]}, not a text`,
    kindOf(item) === "map" ? 'Take one value of each first, as in map: "name".' : undefined,
  )
}

function value(message: string, hint?: string): TemplateFault {
  return new TemplateFault({ code: "TEMPLATE_VALUE", message, hint })
}
