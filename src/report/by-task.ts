/** Something of each task. In buckets of buckets, because a copy of all of it for each of 20,000 tasks would take seconds. */
export interface ByTask<V> {
  /** Of how many tasks something is known. */
  readonly count: number
  readonly rows: readonly Row<V>[]
}

type Row<V> = readonly ReadonlyMap<string, V>[]

const WIDTH = 16

export const OF_NO_TASK: ByTask<never> = {
  count: 0,
  rows: Array.from({ length: WIDTH }, () => Array.from({ length: WIDTH }, () => new Map<string, never>())),
}

/** What is known of a task. */
export function ofTask<V>({ rows }: ByTask<V>, task: string): V | undefined {
  const { row, column } = placeOf(task)
  return rows[row]![column]!.get(task)
}

/** The same with this for the task, in place of what was known of it. */
export function withTask<V>(all: ByTask<V>, task: string, value: V): ByTask<V> {
  const { row, column } = placeOf(task)
  const bucket = new Map(all.rows[row]![column])
  const count = bucket.has(task) ? all.count : all.count + 1
  return { count, rows: all.rows.with(row, all.rows[row]!.with(column, bucket.set(task, value))) }
}

/** The same without the task. */
export function withoutTask<V>(all: ByTask<V>, task: string): ByTask<V> {
  const { row, column } = placeOf(task)
  const bucket = new Map(all.rows[row]![column])
  if (!bucket.delete(task)) return all
  return { count: all.count - 1, rows: all.rows.with(row, all.rows[row]!.with(column, bucket)) }
}

/** All that is known, in no order. */
export function allOf<V>({ rows }: ByTask<V>): readonly V[] {
  return rows.flatMap(row => row.flatMap(bucket => [...bucket.values()]))
}

function placeOf(task: string): { readonly row: number; readonly column: number } {
  let hash = 0
  for (let n = 0; n < task.length; n++) hash = (hash * 31 + task.charCodeAt(n)) % 65_521
  return { row: Math.floor(hash / WIDTH) % WIDTH, column: hash % WIDTH }
}
