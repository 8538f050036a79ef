import type { Run } from "./command.js"
import { DISTURBED, type Sample, sampleOf } from "./sample.js"

/** Makes one run of something. */
export type MakeRun = () => Promise<Run>

/**
 * Measures several things in turn, A B A B, so that a machine which gets slower meanwhile is as slow for all of them. A round that
 * others disturbed is made again, as often as there are rounds at most, and the quietest ones count. Where none was quiet the machine is
 * busy for good, and it is left at that.
 */
export async function inTurn<Name extends string>(
  rounds: number,
  things: Readonly<Record<Name, MakeRun>>,
): Promise<Readonly<Record<Name, Sample>>> {
  const names = Object.keys(things) as Name[]
  const made: Run[][] = []
  while (goesOn(made, rounds)) {
    const round: Run[] = []
    for (const name of names) round.push(await things[name]())
    made.push(round)
  }
  const kept = [...made].sort((a, b) => worst(a) - worst(b)).slice(0, rounds)
  const samples = names.map((name, n) => [
    name,
    sampleOf(
      name,
      kept.map(round => round[n]!),
    ),
  ])
  return Object.fromEntries(samples) as Record<Name, Sample>
}

function goesOn(made: readonly (readonly Run[])[], rounds: number): boolean {
  if (made.length < rounds) return true
  const quiet = made.filter(round => worst(round) <= DISTURBED).length
  return quiet > 0 && quiet < rounds && made.length < 2 * rounds
}

function worst(round: readonly Run[]): number {
  return Math.max(...round.map(run => run.others))
}
