import type { Located, LocatedScalar } from "../located.js"
import { type Scope, scopeMap } from "../template/scope.js"

/** Puts the variables into a text of the file. */
export type RenderScalar = (scalar: LocatedScalar, text: string) => string | number | boolean

/**
 * A part of the file as templates read it: maps without a prototype, in the order of the file, whose texts get their own
 * variables when they are read. A number that is written in an unusual manner, as 1.10, stays as it is written.
 */
export function lazyValue(at: Located, render: RenderScalar): unknown {
  switch (at.kind) {
    case "scalar":
      return leaf(at, render)
    case "list":
      return at.items.map(item => lazyValue(item, render))
    case "map":
      return lazyObject([...at.entries].map(([key, value]) => [key, () => lazyValue(value, render)]))
  }
}

/** A map whose members are made at their first use. */
export function lazyObject(members: readonly (readonly [string, () => unknown])[]): Scope {
  const makers = new Map(members)
  const made = new Map<string, unknown>()
  return scopeMap(makers.keys(), key => {
    if (!made.has(key)) made.set(key, makers.get(key)?.())
    return made.get(key)
  })
}

function leaf(scalar: LocatedScalar, render: RenderScalar): unknown {
  const { value, source } = scalar
  if (typeof value === "string") return render(scalar, value)
  return typeof value === "number" && String(value) !== source ? source : value
}
