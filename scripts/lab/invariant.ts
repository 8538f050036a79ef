import type { Observation } from "./observation.js"

/** Something that must hold whatever went wrong. */
export interface Invariant {
  readonly name: string
  /** What does not hold, a line each; none when all is well. */
  broken(seen: Observation): readonly string[]
}
