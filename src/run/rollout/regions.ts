/** Keeps the number of regions in which anything is changed, over all jobs side by side. */
export interface Regions {
  /** Does the work when the region may be changed. Work in a region that is being changed anyway waits for nothing. */
  in<T>(region: string, work: () => Promise<T>): Promise<T>
}

interface Waiting {
  readonly region: string
  begin(): void
}

export function regionsAtOnce(limit: number): Regions {
  const busy = new Map<string, number>()
  let waiting: readonly Waiting[] = []

  const enter = (region: string): boolean => {
    const inside = busy.get(region)
    if (inside === undefined && busy.size >= limit) return false
    busy.set(region, (inside ?? 0) + 1)
    return true
  }
  const leave = (region: string): void => {
    const left = (busy.get(region) ?? 0) - 1
    if (left > 0) busy.set(region, left)
    else busy.delete(region)
    // First come, first served; who waits for the same region goes in with the first.
    waiting = waiting.filter(one => {
      const entered = enter(one.region)
      if (entered) one.begin()
      return !entered
    })
  }
  return {
    in: async (region, work) => {
      if (!enter(region))
        await new Promise<void>(begin => {
          waiting = [...waiting, { region, begin }]
        })
      try {
        return await work()
      } finally {
        leave(region)
      }
    },
  }
}
