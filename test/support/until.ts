import { setTimeout as sleep } from "node:timers/promises"

/** Waits until `look` gives something true and returns it; throws naming `what` when that takes too long. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  milliseconds = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + milliseconds
  for (;;) {
    const seen = await look()
    if (seen) return seen as NonNullable<Exclude<T, false>>
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain until ${what}`)
    await sleep(20)
  }
}
