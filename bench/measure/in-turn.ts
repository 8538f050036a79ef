import type { Run } from "./command.js"
import { DISTURBED, type Sample, sampleOf } from "./sample.js"

/** Makes one run of something. */
export type MakeRun = () => Promise<Run>

/**
 * Measures several things in turn, A B A B, so that a machine which gets slower meanwhile is as slow for all of them. A round that
 * others disturbed is made again, as often as there are rounds at most; then the quietest ones count.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  things: Readonly<Record<Name, MakeRun>>,
): Promise<Readonly<Record<Name, Sample>>> {
  const names = Object.keys(things) as Name[]
  const made: Run[][] = []
  for (let quiet = 0; quiet < rounds && made.length < 2 * rounds; ) {
    const round: Run[] = []
    for (const name of names) round.push(await things[name]())
    made.push(round)
    if (worst(round) <= DISTURBED) quiet++
  }
  const kept = [...made].sort((a, b) => worst(a) - worst(b)).slice(0, rounds)
  const samples = names.map(
    (name, n) =>
      [
        name,
        sampleOf(
          name,
          kept.map(round => round[n]!),
        ),
      ] as const,
  )
  return Object.fromEntries(samples) as Record<Name, Sample>
}

function worst(round: readonly Run[]): number {
  return Math.max(...round.map(run => run.others))
}
