import type { Located, LocatedMap, LocatedScalar } from "./located.js"

/**
 * What a file says, laid over what it extends: maps are merged key by key, everything else is replaced whole, and `null`
 * takes a key away that the base has. Keys of the base come first, in its order. Each value remembers what it overrides.
 * Three files laid over each other make the same, whichever two of them are merged first.
 */
export function mergeOver(base: LocatedMap, child: LocatedMap): LocatedMap {
  const entries = new Map(base.entries)
  const removed = new Map(base.removed)
  for (const [key, value] of [...child.entries, ...(child.removed ?? [])]) {
    const below = entries.get(key) ?? removed.get(key)
    if (isNull(value) && (below !== undefined || child.removed?.has(key))) {
      entries.delete(key)
      removed.set(key, below === undefined ? value : onto(value, below))
    } else {
      // The null of a key that nobody has yet stays, for a file that this one is laid over in turn.
      removed.delete(key)
      entries.set(key, below === undefined ? value : over(below, value))
    }
  }
  return { ...onto(child, base), entries, ...withRemoved(removed), ...(base.isWhole && { isWhole: true }) }
}

function over(below: Located, value: Located): Located {
  if (value.kind !== "map") return onto(value, below)
  if (below.kind === "map" && !value.isWhole) return mergeOver(below, value)
  return { ...onto(value, below), isWhole: true }
}

/** A value that also remembers what another file says below all that it overrides already. */
function onto<T extends Located>(value: T, below: Located): T {
  if (value.from === below.from && value.offset === below.offset) return value
  return { ...value, overrides: value.overrides === undefined ? below : onto(value.overrides, below) }
}

function withRemoved(removed: ReadonlyMap<string, LocatedScalar>): Pick<LocatedMap, "removed"> {
  return removed.size > 0 ? { removed } : {}
}

function isNull(value: Located): value is LocatedScalar {
  return value.kind === "scalar" && value.value === null
}
