/** Keeps things for a moment, so that equal ones can be told together. */
export interface Collector<T> {
  add(item: T): void
  /** Tells now what it has. */
  flush(): void
}

/** Tells what came within `ms` of the first, all at once. */
export function createCollector<T>(ms: number, tell: (items: readonly T[]) => void): Collector<T> {
  let items: T[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const told = items
    items = []
    if (told.length > 0) tell(told)
  }
  return {
    add: item => {
      items.push(item)
      timer ??= setTimeout(flush, ms).unref()
    },
    flush,
  }
}
