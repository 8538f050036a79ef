/** Work in lanes: in one lane one after another, two lanes side by side. */
export interface Lanes {
  /** Settles as the work does, which begins when all before it in its lane have ended, however they did. */
  in(lane: string, work: () => Promise<void>): Promise<void>
  /** Resolves when all lanes are empty. */
  empty(): Promise<void>
}

export function openLanes(): Lanes {
  const last = new Map<string, Promise<void>>()
  return {
    in: (lane, work) => {
      const turn = (last.get(lane) ?? Promise.resolve()).then(work)
      const over = turn.catch(() => {})
      last.set(lane, over)
      void over.then(() => {
        if (last.get(lane) === over) last.delete(lane)
      })
      return turn
    },
    empty: async () => void (await Promise.all(last.values())),
  }
}
