import type { Clock } from "../../src/run/clock.js"

interface Sleeper {
  readonly at: number
  wake(): void
}

/**
 * A clock that stands still while anything is to be done, and jumps to the next sleeper when nothing is: an hour of
 * waiting takes no time, and who wakes first is always the same.
 */
export function simulatedClock(): Clock {
  let time = 0
  const asleep = new Set<Sleeper>()
  const wakeNext = (): void => {
    const next = [...asleep].reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
      undefined,
    )
    if (!next) return
    time = Math.max(time, next.at)
    next.wake()
  }
  return {
    now: () => time,
    sleep: (ms, signal) =>
      new Promise(resolve => {
        if (signal.aborted) return resolve()
        const wake = (): void => {
          asleep.delete(sleeper)
          signal.removeEventListener("abort", wake)
          resolve()
        }
        const sleeper: Sleeper = { at: time + ms, wake }
        asleep.add(sleeper)
        signal.addEventListener("abort", wake, { once: true })
        // One look for each sleeper, after all that can go on without waiting has gone on.
        setImmediate(wakeNext)
      }),
  }
}
