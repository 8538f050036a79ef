import { sourceOf } from "./connection-limit.js"

/** How often each address has given wrong credentials lately. */
export interface LoginLimit {
  /** Whole seconds until this address may try again, at least 1; 0 when it may now. */
  wait(address: string): number
  /** This address gave wrong credentials. */
  failed(address: string): void
}

const FAILURES = 10
const WINDOW = 60_000
// Addresses that failed last are remembered; a caller with more of them than this has other ways to be a nuisance.
const REMEMBERED = 10_000

/** Ten failures a minute for each source. `now` gives milliseconds that only grow. */
export function loginLimit(now: () => number = () => performance.now()): LoginLimit {
  const failures = new Map<string, readonly number[]>()
  const recent = (source: string): readonly number[] =>
    (failures.get(source) ?? []).filter(time => time > now() - WINDOW)
  return {
    wait: address => {
      const [first = 0, ...more] = recent(sourceOf(address))
      return more.length + 1 < FAILURES ? 0 : Math.max(1, Math.ceil((first + WINDOW - now()) / 1_000))
    },
    failed: address => {
      const source = sourceOf(address)
      const times = [...recent(source), now()].slice(-FAILURES)
      // Taken out and put in again, so that the oldest stand first.
      failures.delete(source)
      failures.set(source, times)
      for (const oldest of failures.keys()) {
        if (failures.size <= REMEMBERED) break
        failures.delete(oldest)
      }
    },
  }
}
