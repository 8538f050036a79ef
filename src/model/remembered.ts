/**
 * What `make` gives for a text, made once for texts that come again and again: a fleet sends and is sent the same ones thousands of times.
 * At most `most` are remembered, none of them longer than `longest` characters, and nothing that is undefined.
 */
export function remembered<T>(
  { most, longest }: { readonly most: number; readonly longest: number },
  make: (text: string) => T,
): (text: string) => T {
  const known = new Map<string, T>()
  return text => {
    const before = known.get(text)
    if (before !== undefined) return before
    const made = make(text)
    if (made === undefined || text.length > longest) return made
    if (known.size >= most) known.clear()
    known.set(text, made)
    return made
  }
}

/** What `make` gives for an object, made once for each. */
export function rememberedOf<K extends object, T>(make: (of: K) => T): (of: K) => T {
  const known = new WeakMap<K, { readonly made: T }>()
  return of => {
    const before = known.get(of)
    if (before) return before.made
    const made = make(of)
    known.set(of, { made })
    return made
  }
}
