/** A line of the table: something measured, and what is wanted of it. */
export interface Line {
  /** What is measured, in the words of a reader. */
  readonly what: string
  readonly minos: string
  /** The same of whatever it is held against; "" where it is held against nothing. */
  readonly compared: string
  /** The figure that is judged; absent when it could not be measured. */
  readonly figure?: string
  readonly atMost: string
  readonly stretch: string
  readonly verdict: Verdict
}

export type Verdict =
  | { readonly kind: "stretch" | "reached" | "missed" }
  | { readonly kind: "not-measured"; readonly why: string }

/** What is wanted: a limit, and a harder one that would be better still. */
export interface Goal {
  readonly limit: number
  readonly stretch?: number
  /** More is better, as of speeds. */
  readonly more?: boolean
  readonly write: (figure: number) => string
}

/** A figure judged by its goal, as the part of a line. */
export function judged(figure: number, goal: Goal): Pick<Line, "figure" | "atMost" | "stretch" | "verdict"> {
  const { limit, stretch, more = false, write } = goal
  const meets = (wanted: number | undefined): boolean =>
    wanted !== undefined && (more ? figure >= wanted : figure <= wanted)
  return {
    figure: write(figure),
    ...wanted(goal),
    verdict: { kind: meets(stretch) ? "stretch" : meets(limit) ? "reached" : "missed" },
  }
}

/** A line about what cannot be measured here. */
export function notMeasured(what: string, goal: Goal, why: string): Line {
  return { what, minos: "", compared: "", ...wanted(goal), verdict: { kind: "not-measured", why } }
}

function wanted({ limit, stretch, write }: Goal): Pick<Line, "atMost" | "stretch"> {
  return { atMost: write(limit), stretch: stretch === undefined ? "" : write(stretch) }
}
