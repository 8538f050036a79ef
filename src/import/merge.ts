import { ARGUMENTS } from "./arguments.js"
import type { Section } from "./configobj.js"
import { textOf } from "./draft.js"

/**
 * A file laid over its base, section by section and key by key; the file wins. Minos itself let the base win outside
 * [configuration], and lost files that the base lacks: neither can have been meant. Words of arguments are put together,
 * as Minos did: a word of the base stays unless the file says the same setting.
 */
export function mergeSections(base: Section, over: Section): Section {
  return {
    ...over,
    entries: laidOver(
      base.entries.filter(entry => entry.key !== "base"),
      over.entries.filter(entry => entry.key !== "base"),
      entry => entry.key,
      (old, own) => (ARGUMENT_KINDS.has(own.key) ? { ...own, value: `${textOf(old)}\n${textOf(own)}` } : own),
    ),
    sections: laidOver(base.sections, over.sections, section => section.name, mergeSections),
  }
}

const ARGUMENT_KINDS: ReadonlySet<string> = new Set(ARGUMENTS)

function laidOver<T>(
  base: readonly T[],
  over: readonly T[],
  key: (one: T) => string,
  both: (base: T, over: T) => T,
): readonly T[] {
  const own = new Map(over.map(one => [key(one), one]))
  const known = new Set(base.map(key))
  const changed = base.map(one => {
    const same = own.get(key(one))
    return same === undefined ? one : both(one, same)
  })
  return [...changed, ...over.filter(one => !known.has(key(one)))]
}
