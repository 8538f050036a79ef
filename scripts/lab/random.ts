/** Chance that comes out the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number
  /** True with a probability from 0 to 1. */
  chance(probability: number): boolean
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** `count` different ones of a list, in its order; all of it when it is shorter. */
  some<T>(list: readonly T[], count: number): readonly T[]
}

/** The chance of one step, whatever the steps before it took: so a schedule can be cut without changing what is left. */
export function random(seed: number, step = 0): Random {
  let state = (Math.imul(seed, 0x85ebca6b) ^ Math.imul(step + 1, 0x9e3779b9)) >>> 0
  // mulberry32: short, and good enough to choose by.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    chance: probability => next() < probability,
    pick: list => list[below(list.length)]!,
    some: (list, count) => {
      const left = list.map((_, n) => n)
      while (left.length > count) left.splice(below(left.length), 1)
      return left.map(n => list[n]!)
    },
  }
}
