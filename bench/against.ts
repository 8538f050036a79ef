import { type Goal, judged, type Line } from "./line.js"
import type { Sample } from "./measure/sample.js"
import { times, took } from "./write.js"

/**
 * A line about one command beside another, judged by wall time. The ratio of their CPU times stands beside it, for that one holds on a
 * busy machine too.
 */
export function against(what: string, ours: Sample, name: string, theirs: Sample, goal: Goal): Line {
  const part = judged(ours.wall / theirs.wall, goal)
  return {
    what,
    minos: took(ours),
    compared: `${name}: ${took(theirs)}`,
    ...part,
    figure: `${part.figure}, cpu ${times(ours.cpu / theirs.cpu)}`,
  }
}
