/** Something of each task. In buckets, because a copy of all of it for each of 20,000 tasks would take seconds. */
export type ByTask<V> = readonly ReadonlyMap<string, V>[]

const BUCKETS = 256

export const OF_NO_TASK: ByTask<never> = Array.from({ length: BUCKETS }, () => new Map<string, never>())

/** What is known of a task. */
export function ofTask<V>(all: ByTask<V>, task: string): V | undefined {
  return all[bucketOf(task)]?.get(task)
}

/** The same with this for the task, in place of what was known of it. */
export function withTask<V>(all: ByTask<V>, task: string, value: V): ByTask<V> {
  const bucket = bucketOf(task)
  return all.with(bucket, new Map(all[bucket]).set(task, value))
}

/** The same without the task. */
export function withoutTask<V>(all: ByTask<V>, task: string): ByTask<V> {
  const bucket = bucketOf(task)
  const others = new Map(all[bucket])
  return others.delete(task) ? all.with(bucket, others) : all
}

/** Of how many tasks something is known. */
export function countOf(all: ByTask<unknown>): number {
  return all.reduce((sum, bucket) => sum + bucket.size, 0)
}

/** All that is known, in no order. */
export function allOf<V>(all: ByTask<V>): readonly V[] {
  return all.flatMap(bucket => [...bucket.values()])
}

function bucketOf(task: string): number {
  let hash = 0
  for (let n = 0; n < task.length; n++) hash = (hash * 31 + task.charCodeAt(n)) % 65_521
  return hash % BUCKETS
}
