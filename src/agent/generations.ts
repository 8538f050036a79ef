/** How often each program was changed: what a caller that looked before must say again. */
export interface Generations {
  of(program: string): number
  all(): ReadonlyMap<string, number>
  /** Counts a change that begins; gives the new number. */
  next(program: string): number
  /** Takes back the change of this number, unless another came after it. */
  back(program: string, generation: number): void
  /** Takes over what an earlier process counted. */
  remember(program: string, generation: number): void
}

/** The counts of this process; none was changed yet. */
export function countGenerations(): Generations {
  const counts = new Map<string, number>()
  const of = (program: string): number => counts.get(program) ?? 0
  return {
    of,
    all: () => counts,
    next: program => {
      const generation = of(program) + 1
      counts.set(program, generation)
      return generation
    },
    back: (program, generation) => {
      if (of(program) === generation) counts.set(program, generation - 1)
    },
    remember: (program, generation) => void counts.set(program, Math.max(generation, of(program))),
  }
}
