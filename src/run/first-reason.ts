/** Watches something until the signal fires; ends early with a reason to stop. */
export type Watch = (signal: AbortSignal) => Promise<string | undefined>

/** Watches side by side. The first reason ends them all; when this resolves, each has ended. */
export async function firstReason(
  watches: readonly Watch[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  signal.addEventListener("abort", end, { once: true })
  if (signal.aborted) end()
  const reasons = await Promise.all(
    watches.map(async watch => {
      const why = await watch(ended.signal)
      if (why !== undefined) end()
      return why
    }),
  )
  signal.removeEventListener("abort", end)
  return reasons.find(why => why !== undefined)
}
