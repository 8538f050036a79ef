import type { Located, LocatedMap, LocatedScalar } from "../located.js"
import type { SingleValue } from "../template/context.js"
import { type Scope, scopeMap } from "../template/scope.js"
import { WrittenNumber } from "../template/written-number.js"

/** Puts the variables into a text of the file. */
export type RenderScalar = (scalar: LocatedScalar, text: string) => SingleValue

/**
 * A part of the file as templates read it: maps without a prototype, in the order of the file, whose texts get their own
 * variables when they are read. A number that is written in an unusual manner, as 1.10, is put into a text as it is written.
 */
export function lazyValue(at: Located, render: RenderScalar): unknown {
  switch (at.kind) {
    case "scalar":
      return leaf(at, render)
    case "list":
      return at.items.map(item => lazyValue(item, render))
    case "map":
      return lazyMap(at, render)
  }
}

// Only maps are kept: whoever renders texts wants to know of each that is read.
function lazyMap({ entries }: LocatedMap, render: RenderScalar): Scope {
  const maps = new Map<string, unknown>()
  return scopeMap(entries.keys(), key => {
    const value = maps.get(key) ?? lazyValue(entries.get(key) as Located, render)
    if (entries.get(key)?.kind === "map") maps.set(key, value)
    return value
  })
}

/** A map whose members are made at their first use. */
export function lazyObject(
  members: readonly (readonly [string, () => unknown])[],
  onRead: (key: string) => void = () => {},
): Scope {
  const makers = new Map(members)
  const made = new Map<string, unknown>()
  return scopeMap(makers.keys(), key => {
    onRead(key)
    if (!made.has(key)) made.set(key, makers.get(key)?.())
    return made.get(key)
  })
}

/** A map whose members are not made beforehand, because they are many or not known; `keys` lists those that can be. */
export function openMap(
  has: (key: string) => boolean,
  get: (key: string) => unknown,
  keys: () => readonly string[] = () => [],
): object {
  const isThere = (key: string | symbol): key is string => typeof key === "string" && has(key)
  return new Proxy(Object.create(null) as object, {
    get: (_, key) => (isThere(key) ? get(key) : undefined),
    has: (_, key) => isThere(key),
    ownKeys: () => [...keys()],
    // Whether it is there is asked first, and what is wrong with it only a read may throw.
    getOwnPropertyDescriptor: (_, key) =>
      isThere(key) ? { configurable: true, enumerable: true, value: undefined } : undefined,
  })
}

function leaf(scalar: LocatedScalar, render: RenderScalar): unknown {
  const { value, source } = scalar
  if (typeof value === "string") return render(scalar, value)
  return typeof value === "number" && String(value) !== source ? new WrittenNumber(value, source) : value
}
