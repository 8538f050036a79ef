/** Writes that go on side by side, a few at a time. */
export interface WritePool {
  /** Starts a write and returns when there is room for another. Throws the first failure of any before it. */
  add(write: () => Promise<void>): Promise<void>
  /** Returns when none is going on any more; throws the first failure. */
  drain(): Promise<void>
}

/** A pool for `most` writes at once; order among them is not kept. */
export function createWritePool(most: number): WritePool {
  const running = new Set<Promise<void>>()
  let whenRoom = () => {}
  let failure: { readonly error: unknown } | undefined

  async function add(write: () => Promise<void>): Promise<void> {
    if (failure) throw failure.error
    const one: Promise<void> = write()
      .catch(error => {
        failure ??= { error }
      })
      .finally(() => {
        running.delete(one)
        whenRoom()
      })
    running.add(one)
    if (running.size >= most)
      await new Promise<void>(resolve => {
        whenRoom = resolve
      })
  }

  async function drain(): Promise<void> {
    await Promise.all(running)
    if (failure) throw failure.error
  }

  return { add, drain }
}
