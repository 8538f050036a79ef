/** Something of each task. In buckets, because a copy of all of it for each of 20,000 tasks would take seconds. */
export interface ByTask<V> {
  /** Of how many tasks something is known. */
  readonly count: number
  readonly buckets: readonly ReadonlyMap<string, V>[]
}

const BUCKETS = 256

export const OF_NO_TASK: ByTask<never> = {
  count: 0,
  buckets: Array.from({ length: BUCKETS }, () => new Map<string, never>()),
}

/** What is known of a task. */
export function ofTask<V>({ buckets }: ByTask<V>, task: string): V | undefined {
  return buckets[bucketOf(task)]?.get(task)
}

/** The same with this for the task, in place of what was known of it. */
export function withTask<V>({ count, buckets }: ByTask<V>, task: string, value: V): ByTask<V> {
  const at = bucketOf(task)
  const before = buckets[at]
  const isNew = before?.has(task) !== true
  return { count: isNew ? count + 1 : count, buckets: buckets.with(at, new Map(before).set(task, value)) }
}

/** The same without the task. */
export function withoutTask<V>(all: ByTask<V>, task: string): ByTask<V> {
  const at = bucketOf(task)
  const others = new Map(all.buckets[at])
  return others.delete(task) ? { count: all.count - 1, buckets: all.buckets.with(at, others) } : all
}

/** All that is known, in no order. */
export function allOf<V>({ buckets }: ByTask<V>): readonly V[] {
  return buckets.flatMap(bucket => [...bucket.values()])
}

function bucketOf(task: string): number {
  let hash = 0
  for (let n = 0; n < task.length; n++) hash = (hash * 31 + task.charCodeAt(n)) % 65_521
  return hash % BUCKETS
}
