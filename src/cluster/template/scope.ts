import { GetterFault } from "./problem.js"
import { refuseSealed } from "./sealed.js"
import { asWritten } from "./written-number.js"

/**
 * What a template sees: plain data, that is texts, numbers (WrittenNumber where one is written in an unusual manner), booleans, null, arrays and maps of these. Maps are objects without
 * a prototype, whose members may be getters, read only when a template asks. What a getter throws is given back by `render`.
 */
export type Scope = Readonly<Record<string, unknown>>

/** A map of a scope, its keys in the order given also when they look like numbers; `get` is called each time a value is read. */
export function scopeMap(keys: Iterable<string>, get: (key: string) => unknown): Scope {
  const map: Record<string, unknown> = Object.create(null)
  const order = [...new Set(keys)]
  for (const key of order) {
    Object.defineProperty(map, key, { enumerable: true, get: () => get(key) })
  }
  orders.set(map, order)
  return Object.freeze(map)
}

// JavaScript moves keys such as "10" to the front of an object.
const orders = new WeakMap<object, readonly string[]>()

/** The keys of a map, in the order of the file. */
export function keysOf(map: Scope): readonly string[] {
  return orders.get(map) ?? Object.keys(map)
}

/** The value of a key or an item, undefined when it is not there; lists also know `first`, `last`, `size`, maps and texts `size`. */
export function readKey(written: unknown, writtenKey: unknown): unknown {
  const holder = asWritten(written)
  const key = asWritten(writtenKey)
  refuseSealed(key)
  if (typeof holder === "string") {
    if (key === "size") refuseSealed(holder)
    return key === "size" ? holder.length : undefined
  }
  if (Array.isArray(holder)) return readItem(holder, key)
  if (typeof holder !== "object" || holder === null) return undefined
  if (typeof key !== "string" && typeof key !== "number") return undefined
  if (!Object.hasOwn(holder, key)) return key === "size" ? keysOf(holder as Scope).length : undefined
  const value = guarded(() => (holder as Scope)[key])
  return typeof value === "function" ? undefined : value
}

/** The value at the end of `labels.rack`, undefined when one of its keys is not there. */
export function readPath(holder: unknown, path: string): unknown {
  return path.split(".").reduce(readKey, holder)
}

function readItem(list: readonly unknown[], key: unknown): unknown {
  if (key === "first") return list[0]
  if (key === "last") return list.at(-1)
  if (key === "size") return list.length
  const index = typeof key === "string" && /^-?\d{1,9}$/.test(key) ? Number(key) : key
  return typeof index === "number" && Number.isInteger(index) ? list.at(index) : undefined
}

// The library wraps what is thrown below it; a getter's own words must come out as they went in.
function guarded(get: () => unknown): unknown {
  try {
    return get()
  } catch (error) {
    throw error instanceof GetterFault ? error : new GetterFault(error)
  }
}
