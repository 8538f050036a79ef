import type { Located, LocatedMap, LocatedScalar } from "./located.js"

/**
 * What a file says, laid over what it extends: maps are merged key by key, everything else is replaced whole, and `null`
 * takes a key away that the base has. Keys of the base come first, in its order. Each value remembers what it overrides.
 */
export function mergeOver(base: LocatedMap, child: LocatedMap): LocatedMap {
  const entries = new Map(base.entries)
  const removed = new Map(base.removed)
  for (const [key, value] of child.entries) {
    const below = base.entries.get(key)
    removed.delete(key)
    if (below === undefined) entries.set(key, value)
    else if (isNull(value)) {
      entries.delete(key)
      removed.set(key, { ...value, overrides: below })
    } else entries.set(key, over(below, value))
  }
  for (const [key, value] of child.removed ?? []) removed.set(key, value)
  return { ...child, entries, overrides: base, ...(removed.size > 0 && { removed }) }
}

function over(below: Located, value: Located): Located {
  return below.kind === "map" && value.kind === "map"
    ? mergeOver(below, value)
    : { ...value, overrides: below }
}

function isNull(value: Located): value is LocatedScalar {
  return value.kind === "scalar" && value.value === null
}
