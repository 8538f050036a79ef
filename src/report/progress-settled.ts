import type { Outcome } from "../model/outcome.js"

/** The last outcome of each task. In buckets, because a copy of all of them for each of 20,000 would take seconds. */
export type Settled = readonly ReadonlyMap<string, Outcome>[]

const BUCKETS = 256

export const NOTHING_SETTLED: Settled = Array.from({ length: BUCKETS }, () => new Map())

/** What is known of a task so far. */
export function settledOf(settled: Settled, task: string): Outcome | undefined {
  return settled[bucketOf(task)]?.get(task)
}

/** One outcome more, in place of what was known of its task. */
export function withSettled(settled: Settled, outcome: Outcome): Settled {
  const bucket = bucketOf(outcome.task)
  return settled.with(bucket, new Map(settled[bucket]).set(outcome.task, outcome))
}

function bucketOf(task: string): number {
  let hash = 0
  for (let n = 0; n < task.length; n++) hash = (hash * 31 + task.charCodeAt(n)) % 65_521
  return hash % BUCKETS
}
